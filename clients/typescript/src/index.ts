/**
 * The types of Monkey Coder's own methods, as `docs/protocol.md` describes them, and a small helper
 * that ties each method's name to its params and its result. No dependency, nothing but types at
 * run time save the helper and the names.
 */

/** A place in a text; `character` counts in the negotiated position encoding (UTF-16 without a word). */
export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

/** What a client says of itself in `capabilities.experimental.monkeyCoder`; all may be absent. */
export interface ClientExtensions {
  editPreview?: boolean;
  answers?: boolean;
  instructionPrompt?: boolean;
  status?: boolean;
}

/** Commands of `workspace/executeCommand`. Each takes one object, but `undo`, which takes nothing. */
export const Command = {
  edit: "monkeyCoder.edit",
  document: "monkeyCoder.document",
  fix: "monkeyCoder.fix",
  tests: "monkeyCoder.tests",
  explain: "monkeyCoder.explain",
  review: "monkeyCoder.review",
  accept: "monkeyCoder.accept",
  reject: "monkeyCoder.reject",
  undo: "monkeyCoder.undo",
  alternatives: "monkeyCoder.alternatives",
} as const;

export type CommandName = (typeof Command)[keyof typeof Command];

/** How an edit arrives: previewed while it streams, hunk by hunk, or as a whole. */
export type Stream = "preview" | "apply" | "final";

/** How a change is worked out; "auto" is the way that did best so far. */
export type Strategy = "direct" | "sequential" | "parallel" | "cascade" | "auto";

/** The part of the work on an edit that runs; `of` are all its parts in their order. */
export interface Phase {
  name: string;
  of: string[];
  model: string;
  detail: string;
}

/** A part of the work on an edit as it ended. `usd` is null where the cost is not known. */
export interface PhaseResult {
  name: string;
  model: string;
  outcome: "done" | "failed" | "skipped";
  detail: string;
  usd: number | null;
}

export interface CommandArguments {
  uri?: string;
  version?: number;
  range?: Range;
  instruction?: string;
  diagnostics?: unknown[];
  stream?: Stream;
  session?: string;
  hunks?: number[];
  strategy?: Strategy;
}

/** One change, to be accepted or rejected by its `id`, which is unique in its session. */
export interface Hunk {
  id: number;
  range: Range;
  newText: string;
}

/** All changes of one file. `version` is null where the editor does not hold the file. */
export interface FileEdit {
  uri: string;
  version: number | null;
  creates?: boolean;
  hunks: Hunk[];
}

/** The value of `$/progress` while an edit streams; each replaces the one before. */
export interface EditReport {
  kind: "report";
  message: string;
  percentage: number;
  session: string;
  version: number;
  edits: FileEdit[];
  phase?: Phase;
  forecast?: string;
  candidates?: CandidateReport[];
}
/** One of several models at an edit at once. `usd` is null where the cost is not known (yet). */
export interface CandidateReport {
  model: string;
  state: "waiting" | "running" | "passed" | "failed" | "stopped" | "won";
  detail: string;
  usd: number | null;
}

/** The value of `$/progress` while Markdown streams. */
export interface AnswerReport {
  kind: "report";
  message: string;
  answer: string;
  conversation?: string;
}

export type ProgressValue =
  | { kind: "begin"; title: string; message?: string; percentage?: number; cancellable?: boolean }
  | { kind: "end"; message?: string }
  | ({ kind: "report"; message?: string; percentage?: number } & Partial<Omit<EditReport, "kind">> &
      Partial<Omit<AnswerReport, "kind">>);

export interface CommandResult {
  status: "ready" | "done" | "unchanged" | "failed";
  message: string;
  session?: string;
  version?: number;
  edits?: FileEdit[];
  open?: number[];
  model?: string;
  checks?: string[];
  warnings?: string[];
  strategy?: string;
  phases?: PhaseResult[];
  forecast?: string;
  why?: string;
  markdown?: string;
  alternatives?: AlternativeEdit[];
}

/** One other way to write a function: an open edit, what it gives and takes, what was run to verify it. */
export interface AlternativeEdit {
  session: string;
  part: string;
  model: string;
  tradeOff: string;
  verified: string[];
  edits: FileEdit[];
}

/**
 * Notification `monkeyCoder/editEnded`: the edit cannot go on in this file, and why. `open` are the
 * hunks that are left in other files; without any, the session is over.
 */
export interface EditEnded {
  session: string;
  uri: string;
  open?: number[];
  reason: string;
}

export interface Cost {
  usd: number | null;
  estimated: boolean;
}

export interface ChatParams {
  message: string;
  conversation?: string;
  uri?: string;
  version?: number;
  range?: Range;
  workDoneToken?: string | number;
}

export interface ChatResult {
  conversation: string;
  message: string;
  markdown: string;
  model: string;
  cost: Cost;
  sent: { path: string; lines: [number, number] }[];
  warnings: string[];
}

export interface ConversationSummary {
  id: string;
  title: string;
  /** ISO 8601. */
  updated: string;
  messages: number;
  pinned: boolean;
  matches?: { message: string; snippet: string }[];
}

export interface Conversation {
  id: string;
  title: string;
  pinned: boolean;
  messages: { id: string; role: "user" | "assistant"; text: string; at: string; model: string }[];
}

export interface Status {
  model: string;
  completes: string;
  offline: boolean;
  state: "ready" | "busy" | "indexing" | "limited";
  detail: string;
  today: {
    /** Null where no price is known. */
    usd: number | null;
    requests: number;
    inputTokens: number;
    outputTokens: number;
    limitUsd: number | null;
  };
  index: { state: "idle" | "building" | "stopped" | "failed"; detail: string };
  trusted: boolean;
  version: string;
}

export interface Model {
  /** PROVIDER/MODEL. */
  id: string;
  provider: string;
  name: string;
  configured: boolean;
  current: boolean;
  inputUsdPerMTok: number | null;
  outputUsdPerMTok: number | null;
}

export interface Usage {
  markdown: string;
  rows: {
    day: string;
    model: string;
    requests: number;
    inputTokens: number;
    outputTokens: number;
    usd: number | null;
    /** How many of the requests are booked by estimate. */
    estimated: number;
  }[];
}

export interface ContextPieces {
  pieces: { path: string; lines: [number, number]; reason: string; tokens: number; text: string }[];
  tokens: number;
  budget: number;
  ms: number;
}

export interface ModelHealth {
  provider: string;
  model: string;
  state: "closed" | "open" | "half-open";
  calls: number;
  errorRate: number;
  firstSeconds: number | null;
  slowestFirstSeconds: number | null;
  lastFault: string;
  opensForSeconds: number;
}

export interface Health {
  answers: string;
  completes: string;
  models: ModelHealth[];
}

export type Outcome = "accepted" | "partial" | "dismissed";

/** Our own requests: the params and the result of each. */
export interface Requests {
  "monkeyCoder/chat": [ChatParams, ChatResult];
  "monkeyCoder/conversations": [{ query?: string; limit?: number }, ConversationSummary[]];
  "monkeyCoder/conversation": [{ id: string }, Conversation];
  "monkeyCoder/forgetConversation": [{ id: string }, null];
  "monkeyCoder/pinConversation": [{ id: string; pinned: boolean }, null];
  "monkeyCoder/status": [Record<string, never>, Status];
  "monkeyCoder/setKeys": [
    { keys: Record<string, string | null> },
    { accepted: string[]; unknown: string[] },
  ];
  "monkeyCoder/models": [Record<string, never>, Model[]];
  "monkeyCoder/usage": [{ days?: number }, Usage];
  "monkeyCoder/context": [{ uri: string; position: Position }, ContextPieces];
  "monkeyCoder/health": [Record<string, never>, Health];
  "workspace/executeCommand": [
    { command: CommandName; arguments: CommandArguments[]; workDoneToken?: string | number },
    CommandResult,
  ];
}

/** Notifications that the server sends. */
export interface ServerNotifications {
  "monkeyCoder/editEnded": EditEnded;
  "monkeyCoder/statusChanged": Status;
}

/** Notifications that a client sends. */
export interface ClientNotifications {
  "monkeyCoder/ghostOutcome": { uri: string; outcome: Outcome };
}

export type Method = keyof Requests;
export type Params<M extends Method> = Requests[M][0];
export type Result<M extends Method> = Requests[M][1];

/** Anything that sends JSON-RPC requests: vscode-languageclient's client, a vscode-jsonrpc connection. */
export interface Sender<Token = unknown> {
  sendRequest<R>(method: string, params: unknown, token?: Token): Promise<R>;
}

const METHOD_NOT_FOUND = -32601;

/** Send one of our requests; params and result have the types of its method. */
export function request<M extends Method, Token>(
  sender: Sender<Token>,
  method: M,
  params: Params<M>,
  token?: Token,
): Promise<Result<M>> {
  return token === undefined
    ? sender.sendRequest<Result<M>>(method, params)
    : sender.sendRequest<Result<M>>(method, params, token);
}

/** Whether an error says that the server has no such method: an older server, or a part switched off. */
export function isMethodNotFound(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { code?: unknown }).code === METHOD_NOT_FOUND;
}
