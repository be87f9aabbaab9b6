-- What the tests look at inside Neovim, beside the set-up of docs/editors/neovim.md.
vim.g.loaded_python3_provider = 0
vim.o.swapfile = false
vim.o.statusline = '%f %{v:lua.vim.lsp.status()}'
vim.lsp.log.set_level('debug')

Seen = {}
local progress = {}

vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    table.insert(progress, event.data.params.value.kind)
    vim.cmd.redrawstatus()
  end,
})

function Seen.kinds()
  return progress
end

function Seen.capabilities()
  local client = vim.lsp.get_clients({ bufnr = 0, name = 'monkey_coder' })[1]
  return client and client.initialized and client.server_capabilities or nil
end

function Seen.is_ready()
  return Seen.capabilities() ~= nil
end

function Seen.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') .. '\n'
end

-- The ghost text as it is drawn: what the marks of inline completion put on the screen.
function Seen.ghost()
  local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
  local marks = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
  local lines = {}
  for _, mark in ipairs(marks) do
    for _, line in ipairs({ mark[4].virt_text or {}, unpack(mark[4].virt_lines or {}) }) do
      local words = vim.tbl_map(function(chunk)
        return chunk[1]
      end, line)
      table.insert(lines, table.concat(words))
    end
  end
  return table.concat(lines, '\n')
end
