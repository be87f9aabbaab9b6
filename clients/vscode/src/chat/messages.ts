/** What the extension and its web views say to each other. */

import type { ConversationSummary } from "@monkey-coder/sdk";
import type { Line } from "../alternatives/compare";

export interface Turn {
  role: "user" | "assistant";
  text: string;
  /** Below the answer: model, cost, what was sent. */
  footer?: string;
  error?: boolean;
}

/** One alternative, as it is shown. */
export interface Card {
  session: string;
  part: string;
  model: string;
  tradeOff: string;
  verified: string[];
  lines: Line[];
}

export type ToView =
  | { kind: "alternatives"; title: string; file: string; first: number; now: Line[]; cards: Card[] }
  | { kind: "turns"; title: string; turns: Turn[]; conversation: string | null }
  | { kind: "stream"; text: string; busy: boolean; message: string }
  | { kind: "context"; label: string }
  | { kind: "conversations"; list: ConversationSummary[]; query: string }
  | { kind: "prefill"; text: string }
  | { kind: "unavailable"; text: string };

export type FromView =
  | { kind: "ready" }
  | { kind: "send"; text: string; withFile: boolean }
  | { kind: "cancel" }
  | { kind: "take" | "compare"; session: string }
  | { kind: "leave" }
  | { kind: "list"; query: string }
  | { kind: "open"; id: string }
  | { kind: "forget"; id: string; title: string }
  | { kind: "pin"; id: string; pinned: boolean }
  | { kind: "code"; action: "insert" | "apply" | "copy"; text: string; language: string };
