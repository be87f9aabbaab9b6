-- Ghost text: by `vim.lsp.inline_completion` where there is one, by marks of our own otherwise.
local server = require('monkey_coder.server')

local M = {}

local METHOD = 'textDocument/inlineCompletion'
local namespace = vim.api.nvim_create_namespace('monkey_coder.ghost')
local is_paused = false

---@class monkey_coder.Ghost
---@field buf integer
---@field row integer
---@field col integer
---@field text string

---@type monkey_coder.Ghost?
local shown
local timer ---@type uv.uv_timer_t?
local cancel ---@type fun()?

---@return boolean
local function is_native()
  return vim.lsp.inline_completion and true or false
end

---@param buf integer
---@param outcome 'accepted'|'partial'|'dismissed'
local function tell(buf, outcome)
  local client = server.client(buf)
  if client then
    client:notify('monkeyCoder/ghostOutcome', { uri = vim.uri_from_bufnr(buf), outcome = outcome })
  end
end

local function hide()
  if shown and vim.api.nvim_buf_is_valid(shown.buf) then
    vim.api.nvim_buf_clear_namespace(shown.buf, namespace, 0, -1)
  end
  shown = nil
end

--- Return what of a suggestion is still to be typed, as the text up to the cursor has part of it.
---@param row integer
---@param col integer
---@param text string
---@return string?
local function rest(row, col, text)
  local at = vim.api.nvim_win_get_cursor(0)
  if at[1] - 1 ~= row or at[2] < col then
    return nil
  end
  local typed = vim.api.nvim_get_current_line():sub(col + 1, at[2])
  return vim.startswith(text, typed) and text:sub(#typed + 1) or nil
end

local function draw()
  local ghost = shown
  if not ghost then
    return
  end
  vim.api.nvim_buf_clear_namespace(ghost.buf, namespace, 0, -1)
  local text = rest(ghost.row, ghost.col, ghost.text)
  if not text or text == '' then
    hide()
    return
  end
  local lines = vim.split(text, '\n')
  local virtual = {}
  for n = 2, #lines do
    table.insert(virtual, { { lines[n], 'MonkeyCoderGhost' } })
  end
  local at = vim.api.nvim_win_get_cursor(0)
  vim.api.nvim_buf_set_extmark(ghost.buf, namespace, at[1] - 1, at[2], {
    virt_text = { { lines[1], 'MonkeyCoderGhost' } },
    virt_text_pos = 'inline',
    virt_lines = #virtual > 0 and virtual or nil,
  })
end

---@param buf integer
---@param kind integer 1 by hand, 2 while typing
local function request(buf, kind)
  local client = server.client(buf)
  if not client or vim.api.nvim_get_current_buf() ~= buf then
    return
  end
  if cancel then
    cancel()
  end
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = kind }
  local tick = vim.api.nvim_buf_get_changedtick(buf)
  local sent, id = client:request(METHOD, params, function(_, result)
    local items = result and (result.items or result) or {}
    local item = items[1]
    if not item or vim.api.nvim_buf_get_changedtick(buf) ~= tick or vim.fn.mode():sub(1, 1) ~= 'i' then
      return
    end
    local start = item.range.start
    local line = vim.api.nvim_buf_get_lines(buf, start.line, start.line + 1, false)[1] or ''
    hide()
    shown = {
      buf = buf,
      row = start.line,
      col = vim.str_byteindex(line, client.offset_encoding, start.character, false),
      text = item.insertText,
    }
    draw()
  end, buf)
  cancel = sent and function()
    client:cancel_request(id)
  end or nil
end

---@param buf integer
local function request_soon(buf)
  if timer then
    timer:stop()
  end
  if is_paused then
    return
  end
  timer = vim.defer_fn(function()
    request(buf, 2)
  end, 120)
end

--- Show ghost text in a buffer while its user types.
---@param buf integer
---@param client vim.lsp.Client
function M.attach(buf, client)
  local group = vim.api.nvim_create_augroup('monkey_coder.ghost.' .. buf, {})
  if is_native() then
    vim.lsp.inline_completion.enable(not is_paused, { client_id = client.id })
  else
    vim.api.nvim_create_autocmd({ 'TextChangedI', 'CursorMovedI', 'InsertEnter' }, {
      group = group,
      buffer = buf,
      callback = function()
        draw()
        request_soon(buf)
      end,
    })
  end
  vim.api.nvim_create_autocmd('InsertLeavePre', {
    group = group,
    buffer = buf,
    callback = function()
      if M.text() then
        tell(buf, 'dismissed')
      end
      hide()
    end,
  })
end

--- Return the ghost text at the cursor, nil without any.
---@return string?
function M.text()
  if not is_native() then
    return shown and rest(shown.row, shown.col, shown.text) or nil
  end
  local spaces = vim.api.nvim_get_namespaces()
  local drawn = spaces['nvim.lsp.inline_completion']
  local marks = drawn and vim.api.nvim_buf_get_extmarks(0, drawn, 0, -1, { details = true }) or {}
  local chunk = marks[1] and marks[1][4].virt_text and marks[1][4].virt_text[1]
  return chunk and chunk[1] or nil
end

--- Put text in at the cursor, and go behind it.
---@param text string
local function insert(text)
  local at = vim.api.nvim_win_get_cursor(0)
  local lines = vim.split(text, '\n')
  vim.api.nvim_buf_set_text(0, at[1] - 1, at[2], at[1] - 1, at[2], lines)
  local col = #lines == 1 and at[2] + #text or #lines[#lines]
  vim.api.nvim_win_set_cursor(0, { at[1] + #lines - 1, col })
end

---@param text string
---@param part 'all'|'word'|'line'
---@return string
local function first(text, part)
  if part == 'word' then
    return text:match('^%s*[%w_]+') or text:match('^%s*[^%w_%s]+') or text
  elseif part == 'line' then
    return text:match('^\n?[^\n]*')
  end
  return text
end

--- Accept ghost text, or its next word or line. Returns whether there was any.
---@param part 'all'|'word'|'line'|nil
---@return boolean
function M.accept(part)
  part = part or 'all'
  local buf = vim.api.nvim_get_current_buf()
  local function take(text)
    local taken = first(text, part)
    vim.schedule(function()
      hide()
      insert(taken)
      tell(buf, taken == text and 'accepted' or 'partial')
    end)
  end
  if not is_native() then
    local text = M.text()
    if text then
      take(text)
    end
    return text ~= nil
  end
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      local row, col = item.range:to_extmark()
      local text = rest(row, col, item.insert_text)
      if text then
        take(text)
      end
    end,
  })
end

--- Ask for ghost text by hand.
function M.trigger()
  local buf = vim.api.nvim_get_current_buf()
  if is_native() and not is_paused then
    vim.lsp.inline_completion.select({ count = 1 })
    if M.text() then
      return
    end
  end
  request(buf, 1)
end

--- Stop ghost text in all buffers, or go on with it. Returns whether it is shown now.
---@return boolean
function M.toggle()
  is_paused = not is_paused
  hide()
  if is_native() then
    for _, client in ipairs(vim.lsp.get_clients({ name = server.NAME })) do
      vim.lsp.inline_completion.enable(not is_paused, { client_id = client.id })
    end
  end
  return not is_paused
end

return M
