-- Monkey Coder in Neovim: ghost text, previewed edits and chat by the language server `monkey-coder`.
local M = {}

--- Change options. It need not be called: the defaults hold, and those in `vim.g.monkey_coder`.
---@param options table?
function M.setup(options)
  require('monkey_coder.options').set(options)
end

--- Return the status in a few words, for the status line.
---@return string
function M.statusline()
  return require('monkey_coder.status').line()
end

--- Accept ghost text, or its next word or line. Returns whether there was any.
---@param part 'all'|'word'|'line'|nil
---@return boolean
function M.accept_ghost(part)
  return require('monkey_coder.ghost').accept(part)
end

--- What is done once the server serves a buffer.
---@param buf integer
---@param client vim.lsp.Client
function M.attach(buf, client)
  local options = require('monkey_coder.options').get()
  if options.ghost_text then
    require('monkey_coder.ghost').attach(buf, client)
    if options.tab then
      vim.keymap.set('i', '<Tab>', function()
        if not M.accept_ghost() then
          return '<Tab>'
        end
      end, { buffer = buf, expr = true, desc = 'Accept ghost text' })
    end
  end
  require('monkey_coder.preview').opened(buf)
end

return M
