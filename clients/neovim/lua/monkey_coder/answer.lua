-- Markdown that streams into a window of its own: explain, review, usage.
local server = require('monkey_coder.server')

local M = {}

--- Open a window for Markdown and return its buffer. Another answer by that name is replaced.
---@param name string
---@return integer buf
function M.open(name)
  local full = 'monkey-coder://' .. name
  local buf = vim.fn.bufnr('^' .. vim.fn.escape(full, '/') .. '$')
  if buf == -1 then
    buf = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buf, full)
    vim.bo[buf].filetype = 'markdown'
    vim.bo[buf].bufhidden = 'hide'
    vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, desc = 'Close' })
  end
  if vim.fn.bufwinid(buf) == -1 then
    M.split(buf)
  end
  return buf
end

--- Show a buffer beside the code, in the window that shows another one of ours if there is one.
---@param buf integer
function M.split(buf)
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    local name = vim.api.nvim_buf_get_name(vim.api.nvim_win_get_buf(window))
    if vim.startswith(name, 'monkey-coder://') then
      vim.api.nvim_set_current_win(window)
      vim.api.nvim_win_set_buf(window, buf)
      return
    end
  end
  vim.cmd('botright vsplit')
  vim.api.nvim_win_set_buf(0, buf)
  vim.wo.wrap, vim.wo.linebreak = true, true
end

--- Put text into an answer's buffer.
---@param buf integer
---@param text string
function M.show(buf, text)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(text, '\n'))
    vim.bo[buf].modified = false
  end
end

--- Run a command that answers in Markdown.
---@param command string
---@param arguments table
---@param about integer the buffer it is about
function M.start(command, arguments, about)
  local name = command:match('[^.]+$')
  local window = vim.api.nvim_get_current_win()
  local buf
  server.run(command, arguments, function(result)
    if result and result.markdown then
      M.show(buf or M.open(name), result.markdown)
    end
  end, {
    buf = about,
    hear = function(value)
      if value.answer then
        buf = buf or M.open(name)
        M.show(buf, value.answer)
        if vim.api.nvim_win_is_valid(window) and vim.api.nvim_get_current_buf() == buf then
          vim.api.nvim_set_current_win(window)
        end
      end
    end,
  })
end

return M
