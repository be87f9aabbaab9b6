-- The server of a buffer, and questions to it.
local M = {}

M.NAME = 'monkey_coder'

local n_tokens = 0
---@type table<string, fun(value: table)>
local listeners = {}

--- Return the client of a buffer, or of any buffer where that one has none.
---@param buf integer?
---@return vim.lsp.Client?
function M.client(buf)
  local here = vim.lsp.get_clients({ name = M.NAME, bufnr = buf or 0 })[1]
  return here or vim.lsp.get_clients({ name = M.NAME })[1]
end

--- Show the user a message.
---@param message string
---@param level integer?
function M.tell(message, level)
  vim.notify('Monkey Coder: ' .. message, level or vim.log.levels.INFO)
end

--- Return the client, or tell the user why there is none.
---@param buf integer?
---@return vim.lsp.Client?
function M.client_or_tell(buf)
  local client = M.client(buf)
  if not client then
    M.tell('no server runs here. Open a file of your project; `:checkhealth monkey_coder` says more',
      vim.log.levels.WARN)
  end
  return client
end

--- Ask, and give the answer to `take`. A failure is shown.
---@param method string
---@param params table
---@param take fun(result: any)
---@param buf integer?
---@return fun()? cancel
function M.ask(method, params, take, buf)
  local client = M.client_or_tell(buf)
  if not client then
    return
  end
  local sent, id = client:request(method, params, function(err, result)
    if err then
      if err.code ~= vim.lsp.protocol.ErrorCodes.RequestCancelled then
        M.tell(err.message, vim.log.levels.ERROR)
      end
      take(nil)
    else
      take(result)
    end
  end, buf or 0)
  if sent then
    return function()
      client:cancel_request(id)
    end
  end
end

--- Return a token of our own for `workDoneToken`, whose reports go to `hear`.
---@param hear fun(value: table)
---@return string
function M.token(hear)
  n_tokens = n_tokens + 1
  local token = 'monkey-coder-neovim-' .. n_tokens
  listeners[token] = hear
  return token
end

--- Run a command of the server's.
---@param command string
---@param arguments table?
---@param take fun(result: monkey_coder.CommandResult?)
---@param opts { buf: integer?, hear: fun(value: table)? }?
---@return fun()? cancel
function M.run(command, arguments, take, opts)
  opts = opts or {}
  local params = { command = command, arguments = arguments and { arguments } or {} }
  if opts.hear then
    params.workDoneToken = M.token(opts.hear)
  end
  return M.ask('workspace/executeCommand', params, take, opts.buf)
end

--- Pass a report of progress on to who asked.
---@param params { token: string|integer, value: table }
function M.progress(params)
  local hear = listeners[params.token]
  if not hear then
    return
  end
  if params.value.kind == 'end' then
    listeners[params.token] = nil
  end
  hear(params.value)
end

local has_restarted = false
local is_leaving = false
vim.api.nvim_create_autocmd('VimLeavePre', {
  callback = function()
    is_leaving = true
  end,
})

--- The server has ended: unasked, it is started again, but only once.
---@param code integer
---@param signal integer
function M.exited(code, signal)
  require('monkey_coder.preview').lost()
  if is_leaving or code == 0 and signal == 0 or code == 143 or signal == 15 then
    return
  end
  local how = signal ~= 0 and ('signal ' .. signal) or ('code ' .. code)
  if has_restarted then
    M.tell(('the server ended again (%s), see :checkhealth monkey_coder'):format(how), vim.log.levels.ERROR)
    return
  end
  has_restarted = true
  M.tell(('the server ended (%s) and is started again; your text is as it was'):format(how),
    vim.log.levels.WARN)
  vim.lsp.enable(M.NAME, false)
  vim.lsp.enable(M.NAME, true)
end

return M
