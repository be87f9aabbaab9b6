if vim.g.loaded_monkey_coder or vim.fn.has('nvim-0.11') == 0 then
  return
end
vim.g.loaded_monkey_coder = true

local function highlights()
  local links = {
    MonkeyCoderAdd = 'DiffAdd',
    MonkeyCoderDelete = 'DiffDelete',
    MonkeyCoderGhost = 'Comment',
    MonkeyCoderHint = 'Comment',
    MonkeyCoderNow = 'Title',
    MonkeyCoderPassed = 'DiagnosticOk',
    MonkeyCoderFailed = 'DiagnosticError',
  }
  for name, link in pairs(links) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end
highlights()

local group = vim.api.nvim_create_augroup('monkey_coder', {})
vim.api.nvim_create_autocmd('ColorScheme', { group = group, callback = highlights })
vim.api.nvim_create_autocmd('LspProgress', {
  group = group,
  callback = function(event)
    require('monkey_coder.server').progress(event.data.params)
  end,
})
vim.api.nvim_create_autocmd('LspAttach', {
  group = group,
  callback = function(event)
    local client = vim.lsp.get_client_by_id(event.data.client_id)
    if client and client.name == 'monkey_coder' then
      require('monkey_coder').attach(event.buf, client)
    end
  end,
})

vim.api.nvim_create_user_command('MonkeyCoder', function(args)
  require('monkey_coder.commands').run(args)
end, {
  nargs = '+',
  range = true,
  desc = 'Monkey Coder: edit, chat, explain, tests, …',
  complete = function(lead, line)
    return require('monkey_coder.commands').complete(lead, line)
  end,
})

-- What the code actions of the server run: the edits are previewed, the answers shown.
for _, name in ipairs({ 'edit', 'document', 'fix', 'tests' }) do
  vim.lsp.commands['monkeyCoder.' .. name] = function(command, ctx)
    local arguments = vim.deepcopy(command.arguments[1])
    local edit = require('monkey_coder.edit')
    if name == 'edit' and not arguments.instruction then
      edit.ask(arguments, ctx.bufnr)
    else
      edit.start(command.command, arguments, ctx.bufnr)
    end
  end
end
for _, name in ipairs({ 'explain', 'review' }) do
  vim.lsp.commands['monkeyCoder.' .. name] = function(command, ctx)
    require('monkey_coder.answer').start(command.command, command.arguments[1], ctx.bufnr)
  end
end

vim.lsp.commands['monkeyCoder.alternatives'] = function(command, ctx)
  require('monkey_coder.alternatives').start(command.arguments[1], ctx.bufnr)
end

local function map(mode, name, act)
  vim.keymap.set(mode, '<Plug>(monkey-coder-' .. name .. ')', act, { desc = 'Monkey Coder: ' .. name })
end
for _, part in ipairs({ 'all', 'word', 'line' }) do
  map('i', 'ghost-accept' .. (part == 'all' and '' or '-' .. part), function()
    require('monkey_coder').accept_ghost(part)
  end)
end
map('i', 'ghost-trigger', function()
  require('monkey_coder.ghost').trigger()
end)
for _, name in ipairs({ 'accept', 'accept_all', 'reject', 'reject_all', 'next', 'previous' }) do
  map('n', name:gsub('_', '-'), function()
    require('monkey_coder.preview')[name]()
  end)
end
for _, name in ipairs({ 'edit', 'document', 'fix', 'tests', 'explain', 'alternatives', 'chat' }) do
  map('n', name, '<Cmd>MonkeyCoder ' .. name .. '<CR>')
  map('x', name, ':MonkeyCoder ' .. name .. '<CR>')
end
