-- `:MonkeyCoder`, its subcommands and their completion.
local alternatives = require('monkey_coder.alternatives')
local answer = require('monkey_coder.answer')
local chat = require('monkey_coder.chat')
local edit = require('monkey_coder.edit')
local ghost = require('monkey_coder.ghost')
local preview = require('monkey_coder.preview')
local server = require('monkey_coder.server')

local M = {}

local STRATEGIES = { 'auto', 'cascade', 'direct', 'parallel', 'sequential' }

---@class monkey_coder.Call
---@field rest string what stands behind the subcommand
---@field first integer? the lines of a range, nil without one
---@field last integer?
---@field strategy string? of `--strategy=`

---@param call monkey_coder.Call
---@return table
local function about(call)
  local arguments = edit.arguments(0, call.first, call.last)
  arguments.strategy = call.strategy
  return arguments
end

--- Return what runs a command that changes the lines of the range, else those around the cursor.
---@param command string
local function changes(command)
  return function(call)
    local row = vim.api.nvim_win_get_cursor(0)[1]
    local arguments = edit.arguments(0, call.first or row, call.last or row)
    if call.rest ~= '' then
      arguments.instruction = call.rest
    end
    arguments.strategy = call.strategy
    edit.start(command, arguments, vim.api.nvim_get_current_buf())
  end
end

---@param command string
local function answers(command)
  return function(call)
    local row = vim.api.nvim_win_get_cursor(0)[1]
    local is_function = command == 'monkeyCoder.explain' and not call.first
    local arguments = edit.arguments(0, is_function and row or call.first, is_function and row or call.last)
    answer.start(command, arguments, vim.api.nvim_get_current_buf())
  end
end

---@type table<string, fun(call: monkey_coder.Call)>
M.subcommands = {
  edit = function(call)
    local buf = vim.api.nvim_get_current_buf()
    if call.rest == '' then
      edit.ask(about(call), buf)
      return
    end
    edit.remember(call.rest)
    local arguments = vim.tbl_extend('force', about(call), { instruction = call.rest })
    edit.start('monkeyCoder.edit', arguments, buf)
  end,
  document = changes('monkeyCoder.document'),
  fix = changes('monkeyCoder.fix'),
  tests = changes('monkeyCoder.tests'),
  alternatives = function(call)
    local row = vim.api.nvim_win_get_cursor(0)[1]
    alternatives.start(edit.arguments(0, call.first or row, call.last or row), vim.api.nvim_get_current_buf())
  end,
  explain = answers('monkeyCoder.explain'),
  review = answers('monkeyCoder.review'),
  chat = function(call)
    chat.ask(call.rest, call.first and about(call) or nil)
  end,
  chats = function(call)
    chat.choose(call.rest)
  end,
  new = chat.new,
  forget = chat.forget,
  undo = function()
    server.run('monkeyCoder.undo', nil, function(result)
      if result and result.status ~= 'failed' then
        vim.cmd.checktime()
        server.tell(result.message)
      end
    end)
  end,
  model = function(call)
    M.model(call.rest)
  end,
  usage = function(call)
    server.ask('monkeyCoder/usage', { days = tonumber(call.rest) or 30 }, function(usage)
      if usage then
        answer.show(answer.open('usage'), usage.markdown)
      end
    end)
  end,
  accept = preview.accept,
  reject = preview.reject,
  files = preview.files,
  cancel = preview.drop,
  pause = function()
    server.tell(ghost.toggle() and 'ghost text is shown' or 'ghost text is paused')
  end,
}

--- Choose the model that answers, by its name or from a menu.
---@param id string
function M.model(id)
  local client = server.client_or_tell()
  if not client then
    return
  end
  local function use(chosen)
    local settings = vim.tbl_deep_extend('force', client.settings or {}, { monkeyCoder = { model = chosen } })
    client.settings = settings
    client:notify('workspace/didChangeConfiguration', { settings = settings })
    server.tell(chosen .. ' answers from here on')
  end
  if id ~= '' then
    use(id)
    return
  end
  server.ask('monkeyCoder/models', vim.empty_dict(), function(models)
    local usable = vim.tbl_filter(function(one)
      return one.configured
    end, models or {})
    if #usable == 0 then
      server.tell('no language model is set up. Run `monkey-coder auth login PROVIDER`, or set a key such as '
        .. 'OPENAI_API_KEY; until then the offline engine answers')
      return
    end
    vim.ui.select(usable, {
      prompt = 'Model',
      format_item = function(one)
        -- JSON's null is no nil.
        local is_known = type(one.inputUsdPerMTok) == 'number' and type(one.outputUsdPerMTok) == 'number'
        local price = is_known
            and ('  $%g in, $%g out per million tokens'):format(one.inputUsdPerMTok, one.outputUsdPerMTok)
          or ''
        return one.id .. (one.current and ' (now)' or '') .. price
      end,
    }, function(chosen)
      if chosen then
        use(chosen.id)
      end
    end)
  end)
end

---@param args vim.api.keyset.create_user_command.command_args
function M.run(args)
  local name, rest = args.args:match('^(%S+)%s*(.-)%s*$')
  local subcommand = M.subcommands[name or '']
  if not subcommand then
    local known = vim.tbl_keys(M.subcommands)
    table.sort(known)
    server.tell(('there is no subcommand %q; there are %s'):format(name or '', table.concat(known, ', ')),
      vim.log.levels.ERROR)
    return
  end
  local strategy, instruction = rest:match('^%-%-strategy=(%S*)%s*(.*)$')
  if strategy and not vim.list_contains(STRATEGIES, strategy) then
    server.tell(('there is no strategy %q; there are %s'):format(strategy, table.concat(STRATEGIES, ', ')),
      vim.log.levels.ERROR)
    return
  end
  subcommand({
    rest = instruction or rest,
    strategy = strategy,
    first = args.range > 0 and args.line1 or nil,
    last = args.range > 0 and args.line2 or nil,
  })
end

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = line:match("^[%s'<>,%d]*%a+!?%s+(.*)$") or ''
  if vim.startswith(lead, '--') and before:find('%s') then
    return vim.tbl_filter(function(one)
      return vim.startswith(one, lead)
    end, vim.tbl_map(function(name)
      return '--strategy=' .. name
    end, STRATEGIES))
  end
  if before:find('^edit%s') then
    return edit.past(before:match('^edit%s+(.*)$') or '')
  end
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, before:find('%s') and {} or vim.tbl_keys(M.subcommands))
  table.sort(names)
  return names
end

return M
