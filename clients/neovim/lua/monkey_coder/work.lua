-- How an edit is worked on, as virtual lines above it: the phases, the models that race for it and what it
-- was expected to cost while it is written, and why this answer was kept once it is there.
local M = {}

local namespace = vim.api.nvim_create_namespace('monkey_coder.work')
local SIGNS = {
  waiting = { '·', 'MonkeyCoderHint' },
  running = { '…', 'MonkeyCoderHint' },
  passed = { '✓', 'MonkeyCoderPassed' },
  won = { '★', 'MonkeyCoderPassed' },
  failed = { '✗', 'MonkeyCoderFailed' },
  stopped = { '–', 'MonkeyCoderHint' },
  done = { '✓', 'MonkeyCoderPassed' },
  skipped = { '–', 'MonkeyCoderHint' },
}

--- Return the texts that are not empty, as one.
---@param texts string[]
---@return string
local function joined(texts)
  return table.concat(vim.tbl_filter(function(text)
    return text ~= ''
  end, texts), ' · ')
end

---@param state string
---@param texts (string|number|nil)[]
---@return table virtual line
local function row(state, texts)
  local sign = SIGNS[state] or { ' ', 'MonkeyCoderHint' }
  return { { ' ' .. sign[1] .. ' ', sign[2] }, { joined(texts), 'MonkeyCoderHint' } }
end

---@param usd number? JSON's null is no nil
---@return string
local function price(usd)
  return type(usd) == 'number' and ('$%.2g'):format(usd) or ''
end

---@param phase monkey_coder.Phase
---@return table virtual line
local function row_of_phase(phase)
  local line, is_past = {}, true
  for n, name in ipairs(phase.of) do
    is_past = is_past and name ~= phase.name
    local state = is_past and 'done' or name == phase.name and 'running' or 'waiting'
    table.insert(line, { (n == 1 and ' ' or ' › ') .. SIGNS[state][1] .. ' ', SIGNS[state][2] })
    table.insert(line, { name, name == phase.name and 'MonkeyCoderNow' or 'MonkeyCoderHint' })
  end
  table.insert(line, { '  ' .. joined({ phase.model, phase.detail }), 'MonkeyCoderHint' })
  return line
end

--- Return what is to be shown while an edit is written.
---@param work monkey_coder.Work
---@return table[] virtual lines
function M.lines(work)
  local lines = {}
  if work.phase and #work.phase.of > 1 then -- One phase is a plain edit.
    table.insert(lines, row_of_phase(work.phase))
  end
  for _, one in ipairs(work.candidates or {}) do
    table.insert(lines, row(one.state, { one.model, one.state, one.detail, price(one.usd) }))
  end
  if (work.forecast or '') ~= '' then
    table.insert(lines, { { ' expected: ' .. work.forecast, 'MonkeyCoderHint' } })
  end
  return lines
end

---@param buf integer
---@param at integer
---@param lines table[]
local function show(buf, at, lines)
  if not vim.api.nvim_buf_is_loaded(buf) then
    return
  end
  vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  if #lines == 0 then
    return
  end
  at = math.max(0, math.min(at, vim.api.nvim_buf_line_count(buf) - 1))
  vim.api.nvim_buf_set_extmark(buf, namespace, at, 0, { virt_lines = lines, virt_lines_above = true })
  -- Lines above the first one of a window are not shown unless it is told to.
  local window = vim.fn.bufwinid(buf)
  if window ~= -1 and vim.fn.line('w0', window) == at + 1 then
    vim.api.nvim_win_call(window, function()
      vim.fn.winrestview({ topline = at + 1, topfill = #lines })
    end)
  end
end

--- Take a report of progress; what it leaves out stays as it was.
---@param session monkey_coder.Session
---@param value table
function M.hear(session, value)
  local work = session.work
  work.phase = value.phase or work.phase
  work.candidates = value.candidates or work.candidates
  work.forecast = value.forecast or work.forecast
  show(session.buf, session.row, M.lines(work))
end

--- The edit is there: say why it is this one, if there was a choice, and which phases went wrong.
---@param session monkey_coder.Session
---@param result monkey_coder.CommandResult
---@param at integer the line of its first change
function M.done(session, result, at)
  local lines = {}
  if (result.why or '') ~= '' then
    table.insert(lines, { { ' why this one: ' .. result.why:gsub('\n', ' '), 'MonkeyCoderHint' } })
  end
  for _, phase in ipairs(result.phases or {}) do
    if phase.outcome == 'failed' then
      table.insert(lines, row('failed', { phase.name, phase.model, phase.detail }))
    end
  end
  show(session.buf, at, lines)
end

---@param session monkey_coder.Session
function M.clear(session)
  if vim.api.nvim_buf_is_valid(session.buf) then
    vim.api.nvim_buf_clear_namespace(session.buf, namespace, 0, -1)
  end
end

return M
