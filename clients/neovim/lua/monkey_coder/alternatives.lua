-- Other ways to write a function: a tab with the present text and each of them side by side, and a list of
-- what each gives and takes, from which one is taken or none.
local server = require('monkey_coder.server')

local M = {}

---@class monkey_coder.Choice
---@field buf integer the text that they are other ways of
---@field found monkey_coder.Alternative[]
---@field tab integer
---@field is_over boolean

--- Return an alternative in one line.
---@param n integer
---@param one monkey_coder.Alternative
---@return string
local function described(n, one)
  local verified = #(one.verified or {}) > 0 and table.concat(one.verified, ', ') or 'not run'
  return ('%d  %s, by %s: %s; %s'):format(n, one.part, one.model, one.tradeOff, verified)
end

--- Return a buffer with the text as an alternative has it.
---@param buf integer
---@param n integer
---@param one monkey_coder.Alternative
---@return integer
local function text_of(buf, n, one)
  local client = server.client(buf)
  local made = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(made, 0, -1, false, vim.api.nvim_buf_get_lines(buf, 0, -1, false))
  local edits = vim.tbl_map(function(hunk)
    return { range = hunk.range, newText = hunk.newText }
  end, one.edits[1].hunks)
  vim.lsp.util.apply_text_edits(edits, made, client and client.offset_encoding or 'utf-8')
  vim.api.nvim_buf_set_name(made, ('monkey-coder://alternatives/%d %s'):format(n, one.part))
  vim.bo[made].filetype = vim.bo[buf].filetype
  vim.bo[made].modifiable = false
  vim.bo[made].bufhidden = 'wipe'
  return made
end

--- End the choice: take one of them, or none.
---@param choice monkey_coder.Choice
---@param taken monkey_coder.Alternative?
local function settle(choice, taken)
  if choice.is_over then
    return
  end
  choice.is_over = true
  if vim.api.nvim_tabpage_is_valid(choice.tab) and #vim.api.nvim_list_tabpages() > 1 then
    vim.cmd.tabclose({ args = { tostring(vim.api.nvim_tabpage_get_number(choice.tab)) } })
  end
  if taken then -- The server ends the others.
    server.run('monkeyCoder.accept', { session = taken.session }, function(result)
      if result and result.status == 'done' then
        server.tell(('%s taken; one undo brings the other back'):format(taken.part))
      end
    end, { buf = choice.buf })
    return
  end
  for _, one in ipairs(choice.found) do
    server.run('monkeyCoder.reject', { session = one.session }, function() end, { buf = choice.buf })
  end
end

---@param choice monkey_coder.Choice
---@param buf integer a buffer of ours in which the keys hold
local function map(choice, buf)
  local function key(lhs, what, act)
    vim.keymap.set('n', lhs, act, { buffer = buf, nowait = true, desc = 'Monkey Coder: ' .. what })
  end
  for n, one in ipairs(choice.found) do
    key(tostring(n), 'take alternative ' .. n, function()
      settle(choice, one)
    end)
  end
  key('q', 'leave it as it is', function()
    settle(choice)
  end)
end

---@param winbar string
local function dress(winbar)
  vim.cmd.diffthis()
  vim.wo.winbar = ' ' .. winbar:gsub('%%', '%%%%')
  vim.wo.wrap = false
end

---@param choice monkey_coder.Choice
local function list(choice)
  local lines = {}
  for n, one in ipairs(choice.found) do
    table.insert(lines, described(n, one))
  end
  table.insert(lines, 'Enter takes the one of this line, its number takes it anywhere here, q leaves the text as it is')
  local buf = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  vim.bo[buf].bufhidden = 'wipe'
  vim.cmd('botright ' .. #lines .. 'split')
  vim.api.nvim_win_set_buf(0, buf)
  vim.wo.cursorline, vim.wo.number, vim.wo.winfixheight, vim.wo.diff = true, false, true, false
  vim.wo.winbar = ''
  vim.hl.range(buf, vim.api.nvim_create_namespace('monkey_coder.alternatives'), 'MonkeyCoderHint',
    { #lines - 1, 0 }, { #lines - 1, -1 })
  map(choice, buf)
  vim.keymap.set('n', '<CR>', function()
    local one = choice.found[vim.api.nvim_win_get_cursor(0)[1]]
    if one then
      settle(choice, one)
    end
  end, { buffer = buf, nowait = true, desc = 'Monkey Coder: take this alternative' })
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = buf,
    callback = vim.schedule_wrap(function()
      settle(choice)
    end),
  })
end

--- Show other ways to write a function of a buffer.
---@param buf integer
---@param found monkey_coder.Alternative[]
function M.show(buf, found)
  local view = vim.fn.winsaveview()
  vim.cmd('tab split')
  vim.api.nvim_win_set_buf(0, buf)
  local choice = { buf = buf, found = found, tab = vim.api.nvim_get_current_tabpage(), is_over = false }
  dress('now')
  for n, one in ipairs(found) do
    vim.cmd('rightbelow vsplit')
    local made = text_of(buf, n, one)
    vim.api.nvim_win_set_buf(0, made)
    dress(('%d %s'):format(n, one.part))
    map(choice, made)
  end
  vim.cmd('wincmd =')
  vim.fn.winrestview(view)
  list(choice)
end

--- Ask for other ways to write the function at a range.
---@param arguments table
---@param buf integer
function M.start(arguments, buf)
  server.run('monkeyCoder.alternatives', arguments, function(result)
    local found = result and result.alternatives
    if found and #found > 0 and vim.api.nvim_buf_is_loaded(buf) then
      M.show(buf, found) -- Where there is none, the server has said so.
    end
  end, { buf = buf })
end

return M
