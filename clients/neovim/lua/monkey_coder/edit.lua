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
      if value.edits then
        preview.update(session, value)
      end
    end,
  })
  if cancel then
    session = preview.begin(cancel)
  end
end

--- Ask the user what to change, then change it.
---@param arguments table
---@param buf integer
function M.ask(arguments, buf)
  vim.ui.input({ prompt = 'Change: ', default = '', completion = "customlist,v:lua.require'monkey_coder.edit'.past" },
    function(said)
      if said and vim.trim(said) ~= '' then
        M.remember(said)
        M.start('monkeyCoder.edit', vim.tbl_extend('force', arguments, { instruction = said }), buf)
      end
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
