-- What the tests look at inside Neovim, beside the set-up of docs/editors/neovim.md.
vim.g.loaded_python3_provider = 0
vim.o.swapfile = false
vim.o.statusline = '%f %{v:lua.vim.lsp.status()}'
vim.o.laststatus = 2
vim.lsp.log.set_level('debug')
-- A message that asks for a key would hold up every question of the tests; all are in the history.
vim.o.messagesopt = 'wait:0,history:500'

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

-- What the plugin shows beside the text, line by line.
function Seen.painted()
  local namespace = vim.api.nvim_get_namespaces()['monkey_coder.preview']
  local marks = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
  local lines = {}
  for _, mark in ipairs(marks) do
    for _, line in ipairs(mark[4].virt_lines or {}) do
      table.insert(lines, vim.trim(line[1][1]))
    end
  end
  return lines
end

-- What stands above the edit of how it is worked on.
function Seen.work()
  local namespace = vim.api.nvim_get_namespaces()['monkey_coder.work']
  local marks = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
  local lines = {}
  for _, mark in ipairs(marks) do
    for _, line in ipairs(mark[4].virt_lines or {}) do
      table.insert(lines, vim.iter(line):map(function(chunk)
        return chunk[1]
      end):join(''))
    end
  end
  return table.concat(lines, '\n')
end

-- Notes when the first line is painted, in milliseconds since 1970.
function Seen.watch_paint()
  local preview = require('monkey_coder.preview')
  local update = preview.update
  preview.update = function(...)
    update(...)
    if not Seen.first_paint and #Seen.painted() > 0 then
      local seconds, microseconds = vim.uv.gettimeofday()
      -- As text: numbers lose their last digits on the way.
      Seen.first_paint = string.format('%.1f', seconds * 1000 + microseconds / 1000)
    end
  end
end

function Seen.kill()
  local client = vim.lsp.get_clients({ name = 'monkey_coder' })[1]
  vim.uv.kill(vim.system({ 'pgrep', '-f', 'monkey-coder lsp', '-P', tostring(vim.fn.getpid()) }, { text = true })
    :wait().stdout:match('%d+') + 0, 'sigkill')
  return client.id
end

-- The text of the other window.
function Seen.other_text()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if window ~= vim.api.nvim_get_current_win() then
      local buf = vim.api.nvim_win_get_buf(window)
      return table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), '\n')
    end
  end
  return ''
end
