local M = {}

---@type monkey_coder.Options
local defaults = {
  ghost_text = true,
  tab = false,
  trusted = false,
  keys = {
    accept = 'ga',
    accept_all = 'gA',
    reject = 'gz',
    reject_all = 'gZ',
    next = ']h',
    previous = '[h',
  },
}

---@type monkey_coder.Options?
local options

--- Return the options: the defaults, `vim.g.monkey_coder`, and what `setup` was given.
---@return monkey_coder.Options
function M.get()
  options = options or vim.tbl_deep_extend('force', defaults, vim.g.monkey_coder or {})
  return options
end

---@param given table?
function M.set(given)
  options = vim.tbl_deep_extend('force', M.get(), given or {})
end

return M
