-- A conversation in a buffer of Markdown.
local server = require('monkey_coder.server')

local M = {}

local NAME = 'monkey-coder://chat'
local HELP = {
  '<!-- Enter: ask   gi: insert the block of code   gy: copy it   gc: other conversations   gs: stop -->',
  '',
}

---@type string? the conversation that is shown
local conversation
---@type fun()?
local cancel
---@type integer? where the user worked before the chat
local origin

---@return integer
local function buffer()
  local buf = vim.fn.bufnr('^' .. NAME .. '$')
  if buf ~= -1 then
    return buf
  end
  buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(buf, NAME)
  vim.bo[buf].filetype = 'markdown'
  vim.bo[buf].bufhidden = 'hide'
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, HELP)
  local function map(key, act, what)
    vim.keymap.set('n', key, act, { buffer = buf, nowait = true, desc = 'Monkey Coder: ' .. what })
  end
  map('<CR>', function()
    M.ask()
  end, 'ask')
  map('gi', M.insert_block, 'insert the block of code where you worked')
  map('gy', M.copy_block, 'copy the block of code')
  map('gc', M.choose, 'choose a conversation')
  map('gs', M.stop, 'stop the answer')
  map('q', '<Cmd>close<CR>', 'close')
  return buf
end

---@return integer buf
local function open()
  local buf = buffer()
  if vim.fn.bufwinid(buf) == -1 then
    origin = vim.api.nvim_get_current_win()
    require('monkey_coder.answer').split(buf)
  end
  return buf
end

---@param buf integer
---@param from integer line, from 0
---@param text string
local function put(buf, from, text)
  if not vim.api.nvim_buf_is_valid(buf) then
    return
  end
  vim.api.nvim_buf_set_lines(buf, from, -1, false, vim.split(text, '\n'))
  vim.bo[buf].modified = false
  local window = vim.fn.bufwinid(buf)
  if window ~= -1 and vim.api.nvim_get_current_win() ~= window then
    vim.api.nvim_win_set_cursor(window, { vim.api.nvim_buf_line_count(buf), 0 })
  end
end

--- Ask in the conversation that is shown; without a question the user is asked for one.
---@param question string?
---@param about table? `uri`, `version` and `range` of the code that it is about
function M.ask(question, about)
  if not question or vim.trim(question) == '' then
    vim.ui.input({ prompt = 'Ask: ' }, function(said)
      if said and vim.trim(said) ~= '' then
        M.ask(said, about)
      end
    end)
    return
  end
  if not server.client_or_tell() then
    return
  end
  about = about or M.place()
  local buf = open()
  local from = vim.api.nvim_buf_line_count(buf)
  put(buf, from, '## ' .. question .. '\n\n…')
  from = from + 2
  local params = vim.tbl_extend('force', about or {}, { message = question, conversation = conversation })
  params.workDoneToken = server.token(function(value)
    if value.answer then
      put(buf, from, value.answer)
    end
  end)
  cancel = server.ask('monkeyCoder/chat', params, function(result)
    cancel = nil
    if not result then
      put(buf, from, '*No answer.*\n')
      return
    end
    conversation = result.conversation
    local notes = {}
    for _, warning in ipairs(result.warnings or {}) do
      table.insert(notes, '> ' .. warning)
    end
    local by = '<!-- ' .. result.model
    if result.cost and type(result.cost.usd) == 'number' then
      by = by .. (', $%.4f'):format(result.cost.usd)
    end
    table.insert(notes, by .. ' -->')
    put(buf, from, vim.trim(result.markdown) .. '\n\n' .. table.concat(notes, '\n') .. '\n')
  end)
end

--- Return the code that a question is about: the cursor of the window where the user works.
---@return table?
function M.place()
  local window = vim.api.nvim_get_current_win()
  if vim.api.nvim_win_get_buf(window) == vim.fn.bufnr('^' .. NAME .. '$') then
    window = origin or window
  end
  if not vim.api.nvim_win_is_valid(window) then
    return nil
  end
  local buf = vim.api.nvim_win_get_buf(window)
  local client = vim.lsp.get_clients({ name = server.NAME, bufnr = buf })[1]
  if not client then
    return nil
  end
  local params = vim.lsp.util.make_position_params(window, client.offset_encoding)
  return {
    uri = params.textDocument.uri,
    version = vim.lsp.util.buf_versions[buf],
    range = { start = params.position, ['end'] = params.position },
  }
end

function M.stop()
  if cancel then
    cancel()
  end
end

--- Begin another conversation.
function M.new()
  conversation = nil
  vim.api.nvim_buf_set_lines(open(), 0, -1, false, HELP)
end

--- Choose among the conversations of this project; with `query`, among those that it finds.
---@param query string?
function M.choose(query)
  local params = { query = type(query) == 'string' and query ~= '' and query or nil }
  server.ask('monkeyCoder/conversations', next(params) and params or vim.empty_dict(), function(found)
    if not found or #found == 0 then
      server.tell('no conversation yet; `:MonkeyCoder chat QUESTION` begins one')
      return
    end
    vim.ui.select(found, {
      prompt = 'Conversation',
      format_item = function(one)
        return ('%s  (%d messages, %s)'):format(one.title, one.messages, one.updated:sub(1, 10))
      end,
    }, function(chosen)
      if chosen then
        M.show(chosen.id)
      end
    end)
  end)
end

--- Show a conversation, to go on with it.
---@param id string
function M.show(id)
  server.ask('monkeyCoder/conversation', { id = id }, function(found)
    if not found then
      return
    end
    conversation = found.id
    local text = {}
    for _, message in ipairs(found.messages) do
      local is_user = message.role == 'user'
      table.insert(text, is_user and '## ' .. message.text .. '\n' or vim.trim(message.text) .. '\n')
    end
    put(open(), #HELP, table.concat(text, '\n'))
  end)
end

--- Forget the conversation that is shown, on disk too.
function M.forget()
  if not conversation then
    server.tell('no conversation is shown')
    return
  end
  server.ask('monkeyCoder/forgetConversation', { id = conversation }, function()
    M.new()
  end)
end

--- Return the block of code at the cursor, or the last one before it.
---@return string[]?
local function block()
  local row = vim.api.nvim_win_get_cursor(0)[1]
  local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  local fence, first, found
  for n, line in ipairs(lines) do
    local mark = line:match('^%s*(```+)') or line:match('^%s*(~~~+)')
    if not fence and mark then
      if n > row and found then
        break
      end
      fence, first = mark, n + 1
    elseif fence and mark and vim.startswith(mark, fence) then
      found = vim.list_slice(lines, first, n - 1)
      fence = nil
    end
  end
  return found
end

function M.copy_block()
  local lines = block()
  if lines then
    vim.fn.setreg('"', lines, 'l')
    server.tell(('%d lines copied'):format(#lines))
  else
    server.tell('there is no block of code here')
  end
end

--- Put the block of code below the cursor of the window where the user worked.
function M.insert_block()
  local lines = block()
  if not lines then
    server.tell('there is no block of code here')
  elseif not origin or not vim.api.nvim_win_is_valid(origin) then
    server.tell('the window where you worked is closed; gy copies the block', vim.log.levels.WARN)
  else
    local row = vim.api.nvim_win_get_cursor(origin)[1]
    vim.api.nvim_buf_set_lines(vim.api.nvim_win_get_buf(origin), row, row, false, lines)
  end
end

return M
