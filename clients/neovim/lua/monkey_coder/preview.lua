-- An edit painted into the buffers that it would change: what goes is marked, what comes is shown below
-- it as virtual lines. Nothing is changed until it is accepted, and then by the server.
local options = require('monkey_coder.options')
local server = require('monkey_coder.server')
local work = require('monkey_coder.work')

local M = {}

local namespace = vim.api.nvim_create_namespace('monkey_coder.preview')
local places = vim.api.nvim_create_namespace('monkey_coder.places')

---@class monkey_coder.Painted One change in one buffer; its marks move with the text.
---@field id integer
---@field at integer the mark where it begins, which shows nothing
---@field n_gone integer how many lines go
---@field gone string[] these lines
---@field added string[] the lines that come
---@field marks integer[] the marks that show it; the last one is where the cursor goes

---@class monkey_coder.Session
---@field id string?
---@field cancel fun()?
---@field is_ready boolean
---@field buf integer the buffer that it was asked in
---@field row integer the line that it was asked at
---@field work monkey_coder.Work how it is worked on
---@field is_orphan boolean the server that proposed it is gone
---@field buffers table<integer, monkey_coder.Painted[]>
---@field unloaded monkey_coder.FileEdit[] files that are in no buffer yet
---@field mapped table<integer, string[]>

---@type monkey_coder.Session?
local current

---@param text string
---@return string[]
local function lines_of(text)
  local lines = vim.split(text, '\r?\n')
  if lines[#lines] == '' then
    table.remove(lines)
  end
  return lines
end

--- Return what a change does to whole lines: the first one, how many go, and those that come.
---@param buf integer
---@param hunk monkey_coder.Hunk
---@param encoding string
---@return integer first, integer n_gone, string[] added
local function by_lines(buf, hunk, encoding)
  local from, to = hunk.range.start, hunk.range['end']
  local n_lines = vim.api.nvim_buf_line_count(buf)
  local function line(n)
    return vim.api.nvim_buf_get_lines(buf, n, n + 1, false)[1] or ''
  end
  local function byte(position)
    return vim.str_byteindex(line(position.line), encoding, position.character, false)
  end
  if from.character == 0 and to.character == 0 then
    return from.line, to.line - from.line, lines_of(hunk.newText)
  end
  local head = line(from.line):sub(1, byte(from))
  local tail = line(to.line):sub(byte(to) + 1)
  local n_gone = math.min(to.line, n_lines - 1) - from.line + 1
  -- Text that is put behind the last line begins with a line break: that line itself stays.
  if head ~= '' and tail == '' and from.line == to.line and hunk.newText:match('^\r?\n') then
    return from.line + 1, 0, lines_of((hunk.newText:gsub('^\r?\n', '')))
  end
  return from.line, n_gone, lines_of(head .. hunk.newText .. tail)
end

---@param buf integer
---@param first integer
---@param n_gone integer
---@param added string[]
---@param hint string?
---@return integer[] marks
local function paint(buf, first, n_gone, added, hint)
  local n_lines = vim.api.nvim_buf_line_count(buf)
  local window = vim.fn.bufwinid(buf)
  local width = window ~= -1 and vim.api.nvim_win_get_width(window) or vim.o.columns
  local virtual = {}
  for _, text in ipairs(added) do
    text = text:gsub('\t', (' '):rep(vim.bo[buf].tabstop))
    local padding = math.max(0, width - vim.fn.strdisplaywidth(text))
    table.insert(virtual, { { text .. (' '):rep(padding), 'MonkeyCoderAdd' } })
  end
  local last = math.min(first + n_gone, n_lines) - 1
  local marks = {}
  for row = first, last do
    local mark = vim.api.nvim_buf_set_extmark(buf, namespace, row, 0, {
      end_row = row + 1, hl_group = 'MonkeyCoderDelete', hl_eol = true, strict = false, priority = 200,
    })
    table.insert(marks, mark)
  end
  local is_insert = n_gone == 0
  local row = is_insert and math.min(first, n_lines - 1) or math.max(last, 0)
  local is_above = is_insert and first < n_lines
  if is_above and row > 0 then
    row, is_above = row - 1, false
  end
  local mark = vim.api.nvim_buf_set_extmark(buf, namespace, row, 0, {
    virt_lines = #virtual > 0 and virtual or nil,
    virt_lines_above = is_above or nil,
    virt_text = hint and { { '  ' .. hint, 'MonkeyCoderHint' } } or nil,
    virt_text_pos = hint and 'eol' or nil,
    right_gravity = true,
    priority = 201,
  })
  -- Lines above the first one of the buffer are not shown unless the window is told to.
  if is_above and window ~= -1 and vim.fn.line('w0', window) == 1 then
    vim.api.nvim_win_call(window, function()
      vim.fn.winrestview({ topline = 1, topfill = #virtual })
    end)
  end
  table.insert(marks, mark)
  return marks
end

--- Return the keys to press, as they are told beside a change.
---@return string?
local function hint_of_keys()
  local keys = options.get().keys
  if not keys.accept then
    return nil
  end
  return ('%s accept%s'):format(keys.accept, keys.reject and ('  %s reject'):format(keys.reject) or '')
end

---@param buf integer
---@param hunks monkey_coder.Hunk[]
---@param is_ready boolean
---@return monkey_coder.Painted[]
local function paint_all(buf, hunks, is_ready)
  local client = server.client(buf)
  local hint = is_ready and hint_of_keys() or nil
  return vim.tbl_map(function(hunk)
    local encoding = client and client.offset_encoding or 'utf-8'
    local first, n_gone, added = by_lines(buf, hunk, encoding)
    local row = math.min(first, vim.api.nvim_buf_line_count(buf))
    local at = vim.api.nvim_buf_set_extmark(buf, places, row, 0, { strict = false })
    local gone = vim.api.nvim_buf_get_lines(buf, first, first + n_gone, false)
    local marks = paint(buf, first, n_gone, added, hint)
    return { id = hunk.id, at = at, n_gone = n_gone, gone = gone, added = added, marks = marks }
  end, hunks)
end

--- Take a change off the screen; it can be shown again.
---@param buf integer
---@param one monkey_coder.Painted
local function hide(buf, one)
  for _, mark in ipairs(one.marks) do
    vim.api.nvim_buf_del_extmark(buf, namespace, mark)
  end
  one.marks = {}
end

--- Show a hidden change again, where it is now.
---@param buf integer
---@param one monkey_coder.Painted
local function unhide(buf, one)
  local at = vim.api.nvim_buf_get_extmark_by_id(buf, places, one.at, {})
  one.marks = paint(buf, at[1] or 0, one.n_gone, one.added, hint_of_keys())
end

---@param session monkey_coder.Session
local function wipe(session)
  for buf in pairs(session.buffers) do
    if vim.api.nvim_buf_is_valid(buf) then
      vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
      vim.api.nvim_buf_clear_namespace(buf, places, 0, -1)
    end
  end
  session.buffers, session.unloaded = {}, {}
end

---@param session monkey_coder.Session
local function unmap(session)
  for buf, keys in pairs(session.mapped) do
    for _, key in ipairs(keys) do
      if vim.api.nvim_buf_is_valid(buf) then
        pcall(vim.keymap.del, 'n', key, { buffer = buf })
      end
    end
  end
  session.mapped = {}
end

---@param session monkey_coder.Session
---@param buf integer
local function map(session, buf)
  if session.mapped[buf] then
    return
  end
  session.mapped[buf] = {}
  for name, key in pairs(options.get().keys) do
    if key then
      vim.keymap.set('n', key, function()
        M[name]()
      end, { buffer = buf, desc = 'Monkey Coder: ' .. name:gsub('_', ' '), nowait = true })
      table.insert(session.mapped[buf], key)
    end
  end
end

---@param session monkey_coder.Session
---@param edits monkey_coder.FileEdit[]
local function show(session, edits)
  wipe(session)
  for _, edit in ipairs(edits) do
    local buf = vim.fn.bufnr(vim.uri_to_fname(edit.uri))
    if buf == -1 or not vim.api.nvim_buf_is_loaded(buf) then
      table.insert(session.unloaded, edit)
    else
      session.buffers[buf] = paint_all(buf, edit.hunks, session.is_ready)
      if session.is_ready then
        map(session, buf)
      end
    end
  end
end

--- Begin to preview an edit; an older one that is still open is dropped.
---@param cancel fun()?
---@param buf integer
---@param row integer
---@return monkey_coder.Session
function M.begin(cancel, buf, row)
  if current then
    M.drop()
  end
  current = { cancel = cancel, is_ready = false, is_orphan = false, buffers = {}, unloaded = {}, mapped = {} }
  current.buf, current.row, current.work = buf, row, {}
  return current
end

--- Paint what is known so far.
---@param session monkey_coder.Session
---@param value table a report of progress
function M.update(session, value)
  if session ~= current then
    return
  end
  work.hear(session, value)
  if value.edits then
    session.id = value.session
    show(session, value.edits)
  end
end

--- The edit is complete: from here on it can be accepted and rejected.
---@param session monkey_coder.Session
---@param result monkey_coder.CommandResult
function M.ready(session, result)
  if session ~= current then
    return
  end
  session.id, session.is_ready, session.cancel = result.session, true, nil
  show(session, result.edits or {})
  local first = vim.tbl_map(function(one)
    return vim.api.nvim_buf_get_extmark_by_id(session.buf, places, one.at, {})[1]
  end, session.buffers[session.buf] or {})
  table.sort(first)
  work.done(session, result, first[1] or session.row)
  local elsewhere = #session.unloaded
  if elsewhere > 0 then
    server.tell(('%s; %d more %s, see :MonkeyCoder files'):format(
      result.message, elsewhere, elsewhere == 1 and 'file' or 'files'))
  else
    server.tell(result.message)
  end
end

--- Forget an edit: nothing of it is painted any more.
---@param session monkey_coder.Session?
function M.clear(session)
  session = session or current
  if not session then
    return
  end
  wipe(session)
  unmap(session)
  work.clear(session)
  if session == current then
    current = nil
  end
end

--- The server says that an edit cannot go on.
---@param params { session: string, uri: string, reason: string }
function M.ended(params)
  if current and current.id == params.session then
    M.clear()
    server.tell(params.reason, vim.log.levels.WARN)
  end
end

--- Paint the changes that are still open, and no others.
---@param session monkey_coder.Session
---@param open table<integer, boolean>
local function keep(session, open)
  local function is_open(one)
    return open[one.id]
  end
  for buf, painted in pairs(session.buffers) do
    if vim.api.nvim_buf_is_valid(buf) then
      for _, one in ipairs(painted) do
        if not open[one.id] then
          hide(buf, one)
        elseif #one.marks == 0 then
          unhide(buf, one)
        end
      end
    end
    session.buffers[buf] = vim.tbl_filter(is_open, painted)
  end
  for _, edit in ipairs(session.unloaded) do
    edit.hunks = vim.tbl_filter(is_open, edit.hunks)
  end
  session.unloaded = vim.tbl_filter(function(edit)
    return #edit.hunks > 0
  end, session.unloaded)
end

--- Put changes of this edit into the text without a server; where other lines stand by now, those stay.
---@param session monkey_coder.Session
---@param is_chosen fun(id: integer): boolean
local function apply_here(session, is_chosen)
  local n_refused = 0
  for buf, painted in pairs(session.buffers) do
    for n = #painted, 1, -1 do
      local one = painted[n]
      local row = vim.api.nvim_buf_get_extmark_by_id(buf, places, one.at, {})[1]
      if is_chosen(one.id) and row then
        local till = row + one.n_gone
        if vim.deep_equal(vim.api.nvim_buf_get_lines(buf, row, till, false), one.gone) then
          vim.api.nvim_buf_set_lines(buf, row, till, false, one.added)
        else
          n_refused = n_refused + 1
        end
      end
    end
  end
  if n_refused > 0 then
    server.tell('what you typed into a change stays; the change is dropped', vim.log.levels.WARN)
  end
end

--- Settle changes of an edit whose server is gone.
---@param session monkey_coder.Session
---@param command 'monkeyCoder.accept'|'monkeyCoder.reject'
---@param is_chosen fun(id: integer): boolean
---@param before table<integer, boolean>
local function settle_here(session, command, is_chosen, before)
  if command == 'monkeyCoder.accept' then
    apply_here(session, is_chosen)
  end
  local open = {}
  for id in pairs(before) do
    open[id] = not is_chosen(id) or nil
  end
  if next(open) then
    keep(session, open)
  else
    M.clear(session)
  end
end

---@param command 'monkeyCoder.accept'|'monkeyCoder.reject'
---@param ids integer[]?
local function settle(command, ids)
  local session = current
  if not (session and session.is_ready) then
    server.tell('there is no edit to accept or reject', vim.log.levels.WARN)
    return
  end
  -- Off the screen at once: what is accepted comes as text before the server has answered.
  local function is_chosen(id)
    return ids == nil or vim.list_contains(ids, id)
  end
  local before = {}
  for buf, painted in pairs(session.buffers) do
    for _, one in ipairs(painted) do
      before[one.id] = true
      if vim.api.nvim_buf_is_valid(buf) and is_chosen(one.id) then
        hide(buf, one)
      end
    end
  end
  if session.is_orphan then
    settle_here(session, command, is_chosen, before)
    return
  end
  server.run(command, { session = session.id, hunks = ids }, function(result)
    if session ~= current then
      return
    end
    if result and result.status == 'done' then
      M.clear(session)
      return
    end
    local open = before
    if result and result.status == 'ready' then
      open = {}
      for _, id in ipairs(result.open or {}) do
        open[id] = true
      end
    end
    keep(session, open)
  end)
end

--- Return the changes of this buffer that wait for the user, each with the line it is at now.
---@return { id: integer, row: integer }[]
local function waiting()
  local found = {}
  for _, one in ipairs(current and current.buffers[vim.api.nvim_get_current_buf()] or {}) do
    local mark = one.marks[#one.marks]
    local at = mark and vim.api.nvim_buf_get_extmark_by_id(0, namespace, mark, {}) or {}
    if at[1] then
      table.insert(found, { id = one.id, row = at[1] })
    end
  end
  return found
end

--- Return the change at the cursor, or the nearest one.
---@return integer[]? ids
local function at_cursor()
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local best, least
  for _, one in ipairs(waiting()) do
    local distance = math.abs(one.row - row)
    if not least or distance < least then
      best, least = one.id, distance
    end
  end
  return best and { best }
end

--- Accept or reject the change at the cursor.
---@param command 'monkeyCoder.accept'|'monkeyCoder.reject'
local function settle_one(command)
  local ids = at_cursor()
  if ids then
    settle(command, ids)
  else
    server.tell('no change of this buffer waits for an answer', vim.log.levels.WARN)
  end
end

function M.accept()
  settle_one('monkeyCoder.accept')
end

function M.accept_all()
  settle('monkeyCoder.accept')
end

function M.reject()
  settle_one('monkeyCoder.reject')
end

function M.reject_all()
  settle('monkeyCoder.reject')
end

---@param forward boolean
local function jump(forward)
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local rows = {}
  for _, one in ipairs(waiting()) do
    if forward and one.row > row or not forward and one.row < row then
      table.insert(rows, one.row)
    end
  end
  table.sort(rows)
  local target = forward and rows[1] or rows[#rows]
  if target then
    vim.api.nvim_win_set_cursor(0, { target + 1, 0 })
  end
end

function M.next()
  jump(true)
end

function M.previous()
  jump(false)
end

--- The server is gone. An edit that is complete waits on, in the files that are open; another ends with it.
function M.lost()
  local session = current
  if session and session.is_ready and next(session.buffers) then
    session.is_orphan, session.unloaded = true, {}
  else
    M.clear()
  end
end

--- Stop the edit that streams, or drop the one that is open.
function M.drop()
  local session = current
  if not session then
    return
  end
  if session.cancel then
    session.cancel()
  elseif session.id and not session.is_orphan then
    server.run('monkeyCoder.reject', { session = session.id }, function() end)
  end
  M.clear(session)
end

--- List every change of the edit, in all its files, in the quickfix window.
function M.files()
  local session = current
  if not session then
    server.tell('no edit is open')
    return
  end
  local items = {}
  for buf, painted in pairs(session.buffers) do
    for _, one in ipairs(painted) do
      local at = vim.api.nvim_buf_get_extmark_by_id(buf, places, one.at, {})
      local text = ('%d lines go, %d come: %s'):format(one.n_gone, #one.added, vim.trim(one.added[1] or ''))
      table.insert(items, { bufnr = buf, lnum = (at[1] or 0) + 1, text = text })
    end
  end
  for _, edit in ipairs(session.unloaded) do
    for _, hunk in ipairs(edit.hunks) do
      local what = edit.creates and 'a new file: ' or ''
      table.insert(items, {
        filename = vim.uri_to_fname(edit.uri),
        lnum = hunk.range.start.line + 1,
        text = what .. (lines_of(hunk.newText)[1] or 'lines go'),
      })
    end
  end
  vim.fn.setqflist({}, ' ', { title = 'Monkey Coder', items = items })
  vim.cmd.copen()
end

--- A file of the edit has been opened: paint it too.
---@param buf integer
function M.opened(buf)
  local session = current
  if not session or #session.unloaded == 0 then
    return
  end
  local name = vim.api.nvim_buf_get_name(buf)
  for n, edit in ipairs(session.unloaded) do
    if vim.uri_to_fname(edit.uri) == name then
      table.remove(session.unloaded, n)
      session.buffers[buf] = paint_all(buf, edit.hunks, session.is_ready)
      if session.is_ready then
        map(session, buf)
      end
      return
    end
  end
end

return M
