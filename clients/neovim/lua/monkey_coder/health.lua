-- `:checkhealth monkey_coder`
local server = require('monkey_coder.server')

local M = {}

local function check_neovim()
  vim.health.start('Neovim')
  if vim.fn.has('nvim-0.11') == 0 then
    vim.health.error('Neovim 0.11 or later is needed', { 'Install a newer Neovim' })
  elseif vim.lsp.inline_completion then
    vim.health.ok('ghost text is shown by vim.lsp.inline_completion')
  else
    vim.health.ok('ghost text is shown by this plugin, since Neovim 0.11 has no inline completion')
  end
end

---@return boolean
local function check_program()
  vim.health.start('The server')
  local command = (vim.lsp.config[server.NAME] or {}).cmd or { 'monkey-coder', 'lsp' }
  local program = type(command) == 'table' and command[1] or 'monkey-coder'
  if vim.fn.executable(program) == 0 then
    vim.health.error(('%s is not on PATH'):format(program), {
      'Install it: pipx install monkey-coder',
      "Or say where it is: vim.lsp.config('monkey_coder', { cmd = { '/path/to/monkey-coder', 'lsp' } })",
    })
    return false
  end
  local said = vim.system({ program, '--version' }, { text = true }):wait(10000)
  if said.code ~= 0 then
    vim.health.error(('`%s --version` failed'):format(program), { vim.trim(said.stderr or '') })
    return false
  end
  vim.health.ok(vim.trim(said.stdout))
  return true
end

local function check_client()
  vim.health.start('This session')
  local is_enabled = not vim.lsp.is_enabled or vim.lsp.is_enabled(server.NAME)
  if not is_enabled then
    vim.health.warn('the server is not enabled', { "vim.lsp.enable('monkey_coder')" })
    return
  end
  local client = server.client()
  if not client then
    vim.health.info('no server runs: it starts with the first file of a language it knows. If it ended, its log '
      .. 'says why: :lua vim.cmd.edit(vim.lsp.log.get_filename())')
    return
  end
  local answer = client:request_sync('monkeyCoder/health', vim.empty_dict(), 5000)
  local health = answer and answer.result
  if not health then
    vim.health.error('the server does not answer', { 'See :lua vim.cmd.edit(vim.lsp.log.get_filename())' })
    return
  end
  vim.health.ok(('%s answers, %s writes ghost text'):format(health.answers, health.completes))
  for _, model in ipairs(health.models) do
    local line = ('%s/%s: %s, %d calls, %.0f%% failed'):format(
      model.provider, model.model, model.state, model.calls, 100 * model.errorRate)
    if model.state == 'closed' then
      vim.health.ok(line)
    else
      vim.health.warn(line, { 'last: ' .. model.lastFault, ':MonkeyCoder model chooses another one' })
    end
  end
end

function M.check()
  check_neovim()
  if check_program() then
    check_client()
  end
end

return M
