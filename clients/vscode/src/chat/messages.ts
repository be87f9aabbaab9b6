/** What the extension and its web views say to each other. */

import type { ConversationSummary } from "@monkey-coder/sdk";

export interface Turn {
  role: "user" | "assistant";
  text: string;
  /** Below the answer: model, cost, what was sent. */
  footer?: string;
  error?: boolean;
}

export type ToView =
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
  | { kind: "list"; query: string }
  | { kind: "open"; id: string }
  | { kind: "forget"; id: string; title: string }
  | { kind: "pin"; id: string; pinned: boolean }
  | { kind: "code"; action: "insert" | "apply" | "copy"; text: string; language: string };
