local M = {}

---@type table<integer, monkey_coder.Status>
local known = {}

--- The server tells of a change.
---@param status monkey_coder.Status
---@param client_id integer
function M.changed(status, client_id)
  known[client_id] = status
  vim.cmd.redrawstatus({ bang = true })
  vim.api.nvim_exec_autocmds('User', { pattern = 'MonkeyCoderStatus', modeline = false, data = status })
end

--- Return the last status of this buffer's server, nil without one.
---@return monkey_coder.Status?
function M.get()
  local client = require('monkey_coder.server').client(0)
  return client and known[client.id] or nil
end

--- Return the status in a few words for the status line, "" where no server runs.
---@return string
function M.line()
  local status = M.get()
  if not status then
    return ''
  end
  local words = { status.offline and 'offline' or status.model:match('[^/]+$') }
  if not status.offline and type(status.today.usd) == 'number' then
    table.insert(words, ('$%.2f'):format(status.today.usd))
  end
  if status.state ~= 'ready' then
    table.insert(words, status.state)
  end
  return table.concat(words, ' ')
end

return M
