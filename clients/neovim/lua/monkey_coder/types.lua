---@meta
-- What goes over the wire, as docs/protocol.md describes it, and the options of this plugin.

---@class monkey_coder.Keys Keys of a buffer while an edit in it is open; false leaves one out.
---@field accept string|false accept the change under the cursor
---@field accept_all string|false
---@field reject string|false
---@field reject_all string|false
---@field next string|false go to the next change
---@field previous string|false

---@class monkey_coder.Options
---@field ghost_text boolean show ghost text while typing
---@field tab boolean accept ghost text with Tab, which is a tab where there is none
---@field trusted boolean|fun(root: string?): boolean whether you trust the workspace's own settings
---@field keys monkey_coder.Keys

---@class monkey_coder.Hunk
---@field id integer
---@field range lsp.Range
---@field newText string

---@class monkey_coder.FileEdit
---@field uri string
---@field version integer?
---@field creates boolean?
---@field hunks monkey_coder.Hunk[]

---@class monkey_coder.CommandResult
---@field status 'ready'|'done'|'unchanged'|'failed'
---@field message string
---@field session string?
---@field edits monkey_coder.FileEdit[]?
---@field open integer[]?
---@field model string?
---@field checks string[]?
---@field warnings string[]?
---@field markdown string?
---@field why string?
---@field forecast string?
---@field strategy string?
---@field phases { name: string, model: string, outcome: 'done'|'failed'|'skipped', detail: string, usd: number? }[]?
---@field alternatives monkey_coder.Alternative[]?

---@class monkey_coder.Alternative One other way to write a function: an edit that waits.
---@field session string
---@field part string
---@field model string
---@field tradeOff string
---@field verified string[]?
---@field edits monkey_coder.FileEdit[]

---@class monkey_coder.Phase
---@field name string
---@field of string[]
---@field model string
---@field detail string

---@class monkey_coder.Candidate One of several models that work on the same edit at once.
---@field model string
---@field state 'waiting'|'running'|'passed'|'failed'|'stopped'|'won'
---@field detail string
---@field usd number?

---@class monkey_coder.Work How an edit is worked on, as far as it is known.
---@field phase monkey_coder.Phase?
---@field candidates monkey_coder.Candidate[]?
---@field forecast string?

---@class monkey_coder.Status
---@field model string
---@field completes string
---@field offline boolean
---@field state 'ready'|'busy'|'indexing'|'limited'
---@field detail string
---@field today { requests: integer, inputTokens: integer, outputTokens: integer, usd: number?, limitUsd: number? }
---@field index { state: string, detail: string }
---@field trusted boolean
---@field version string

---@class monkey_coder.Conversation
---@field id string
---@field title string
---@field updated string
---@field messages integer
---@field pinned boolean
