-- The commands that change code: they are previewed while they stream.
local preview = require('monkey_coder.preview')
local server = require('monkey_coder.server')

local M = {}

---@type string[]
local history = {}

--- Run a command that proposes an edit, and preview it.
---@param command string such as "monkeyCoder.edit"
---@param arguments table the one argument of the command
---@param buf integer
function M.start(command, arguments, buf)
  local session
  arguments.stream = 'preview'
  local cancel = server.run(command, arguments, function(result)
    if result and result.status == 'ready' and result.edits then
      preview.ready(session, result)
    else
      preview.clear(session)
    end
  end, {
    buf = buf,
    hear = function(value)
      preview.update(session, value)
    end,
  })
  if cancel then
    local row = arguments.range and arguments.range.start.line or vim.api.nvim_win_get_cursor(0)[1] - 1
    session = preview.begin(cancel, buf, row)
  end
end

--- Find out what a change by an instruction will probably come to, as the server's code action says it.
---@param arguments table
---@param buf integer
---@param take fun(forecast: string) "" where nothing is known
local function forecast(arguments, buf, take)
  local client = server.client(buf)
  if not client then
    take('')
    return
  end
  local start = { line = 0, character = 0 }
  client:request('textDocument/codeAction', {
    textDocument = { uri = arguments.uri },
    range = arguments.range or { start = start, ['end'] = start },
    context = { diagnostics = {}, only = { 'refactor' } },
  }, function(_, actions)
    for _, action in ipairs(actions or {}) do
      if type(action.command) == 'table' and action.command.command == 'monkeyCoder.edit' then
        take(action.title:match('%((≈.*)%)$') or '')
        return
      end
    end
    take('')
  end, buf)
end

--- Ask the user what to change, saying what that will probably come to, then change it.
---@param arguments table
---@param buf integer
function M.ask(arguments, buf)
  forecast(arguments, buf, function(expected)
    local prompt = expected == '' and 'Change: ' or ('Change (%s): '):format(expected)
    vim.ui.input({ prompt = prompt, default = '', completion = "customlist,v:lua.require'monkey_coder.edit'.past" },
      function(said)
        if said and vim.trim(said) ~= '' then
          M.remember(said)
          M.start('monkeyCoder.edit', vim.tbl_extend('force', arguments, { instruction = said }), buf)
        end
      end)
  end)
end

--- Keep an instruction for completion, the newest first.
---@param said string
function M.remember(said)
  history = vim.tbl_filter(function(one)
    return one ~= said
  end, history)
  table.insert(history, 1, said)
  history[51] = nil
end

--- Complete an instruction from those given before.
---@param lead string
---@return string[]
function M.past(lead)
  return vim.tbl_filter(function(one)
    return vim.startswith(one, lead)
  end, history)
end

--- Return the argument of a command about these lines of a buffer, the whole buffer without lines.
---@param buf integer
---@param first integer? counts from 1
---@param last integer?
---@return table
function M.arguments(buf, first, last)
  buf = buf == 0 and vim.api.nvim_get_current_buf() or buf
  local arguments = { uri = vim.uri_from_bufnr(buf), version = vim.lsp.util.buf_versions[buf] }
  if first and last then
    arguments.range = {
      start = { line = first - 1, character = 0 },
      ['end'] = { line = last, character = 0 },
    }
    local client = server.client(buf)
    if last >= vim.api.nvim_buf_line_count(buf) and client then
      local text = vim.api.nvim_buf_get_lines(buf, last - 1, last, false)[1] or ''
      arguments.range['end'] = {
        line = last - 1,
        character = vim.str_utfindex(text, client.offset_encoding),
      }
    end
  end
  return arguments
end

return M
