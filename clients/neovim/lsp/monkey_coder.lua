-- The configuration of the language server, for `vim.lsp.enable('monkey_coder')`.
return {
  cmd = { 'monkey-coder', 'lsp' },
  filetypes = {
    'bash', 'c', 'cpp', 'cs', 'css', 'go', 'html', 'java', 'javascript', 'javascriptreact', 'json', 'lua',
    'markdown', 'php', 'python', 'ruby', 'rust', 'sh', 'toml', 'typescript', 'typescriptreact', 'yaml',
  },
  root_markers = { '.git', 'pyproject.toml', 'package.json', 'go.mod', 'Cargo.toml' },
  capabilities = {
    -- Neovim 0.11 has no inline completion of its own; then this plugin shows it.
    textDocument = { inlineCompletion = { dynamicRegistration = false } },
    experimental = {
      monkeyCoder = { editPreview = true, answers = true, instructionPrompt = true, status = true },
    },
  },
  handlers = {
    ['monkeyCoder/editEnded'] = function(_, params)
      require('monkey_coder.preview').ended(params)
    end,
    ['monkeyCoder/statusChanged'] = function(_, params, ctx)
      require('monkey_coder.status').changed(params, ctx.client_id)
    end,
  },
  on_exit = function(code, signal)
    -- After Neovim's own word on it, so that ours is the last on the screen.
    vim.defer_fn(function()
      require('monkey_coder.server').exited(code, signal)
    end, 100)
  end,
  before_init = function(params, config)
    local options = require('monkey_coder.options').get()
    local trusted = options.trusted
    if type(trusted) == 'function' then
      trusted = trusted(config.root_dir)
    end
    params.initializationOptions =
      vim.tbl_extend('force', params.initializationOptions or {}, { trusted = trusted == true })
  end,
}
