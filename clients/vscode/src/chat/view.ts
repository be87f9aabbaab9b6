/** The chat in the side bar. Conversations are the server's; this shows one and sends what is typed. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { isMethodNotFound, type ChatParams, type ChatResult } from "@monkey-coder/sdk";
import type { Edits } from "../edit/edits";
import { log, said } from "../log";
import type { Connection } from "../server/connection";
import { useCode, type LastEditor } from "./code";
import type { FromView, ToView, Turn } from "./messages";
import { linesOf } from "../lines";
import { setPage } from "./page";

const TOO_OLD = "This server has no chat. Update it: run “Monkey Coder: Install or Update the Server”.";

export class ChatView implements vscode.WebviewViewProvider, vscode.Disposable {
  private view: vscode.WebviewView | undefined;
  private conversation: string | null = null;
  private title = "New conversation";
  private turns: Turn[] = [];
  private running: vscode.CancellationTokenSource | undefined;
  private streamed: Extract<ToView, { kind: "stream" }> = { kind: "stream", text: "", busy: false, message: "" };
  private prefilled = "";
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly extension: vscode.Uri,
    private readonly connection: Connection,
    private readonly edits: Edits,
    private readonly last: LastEditor,
  ) {
    const options = { webviewOptions: { retainContextWhenHidden: true } };
    this.disposables = [
      vscode.window.registerWebviewViewProvider("monkeyCoder.chat", this, options),
      vscode.window.onDidChangeActiveTextEditor(() => this.showContext()),
      vscode.window.onDidChangeTextEditorSelection(() => this.showContext()),
    ];
  }

  dispose(): void {
    this.running?.cancel();
    vscode.Disposable.from(...this.disposables).dispose();
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    setPage(view.webview, this.extension, "chat");
    view.webview.onDidReceiveMessage((message: FromView) => void this.take(message));
    view.onDidDispose(() => {
      this.view = undefined;
    });
  }

  /** Show the chat, with a text in its box if one is given. */
  async open(text = ""): Promise<void> {
    this.prefilled = text;
    await vscode.commands.executeCommand("monkeyCoder.chat.focus");
    if (text !== "") {
      this.post({ kind: "prefill", text });
    }
  }

  begin(): void {
    this.running?.cancel();
    this.conversation = null;
    this.title = "New conversation";
    this.turns = [];
    this.showTurns();
  }

  private async take(message: FromView): Promise<void> {
    switch (message.kind) {
      case "ready":
        this.showTurns();
        this.showContext();
        this.post(this.streamed);
        if (this.prefilled !== "") {
          this.post({ kind: "prefill", text: this.prefilled });
        }
        break;
      case "send":
        await this.send(message.text, message.withFile);
        break;
      case "cancel":
        this.running?.cancel();
        break;
      case "list":
        await this.list(message.query);
        break;
      case "open":
        await this.load(message.id);
        break;
      case "forget":
        await this.forget(message.id, message.title);
        break;
      case "pin":
        await this.connection.optional("monkeyCoder/pinConversation", { id: message.id, pinned: message.pinned });
        await this.list("");
        break;
      case "code":
        await useCode(message.action, message.text, this.last, this.edits);
        break;
    }
  }

  private async send(text: string, withFile: boolean): Promise<void> {
    this.prefilled = "";
    this.turns.push({ role: "user", text });
    this.showTurns();
    const running = new vscode.CancellationTokenSource();
    this.running = running;
    this.stream("", true, "thinking");
    const token = randomUUID();
    let progress: vscode.Disposable | undefined;
    try {
      progress = this.connection.onProgress(token, (value) => {
        if (value.kind === "report" && value.answer !== undefined && !running.token.isCancellationRequested) {
          this.stream(value.answer, true, value.message ?? "");
        }
      });
      const result = await this.connection.request("monkeyCoder/chat", { ...this.params(text, withFile), workDoneToken: token }, running.token);
      this.conversation = result.conversation;
      this.turns.push({ role: "assistant", text: result.markdown, footer: footerOf(result) });
      if (this.turns.length === 2) {
        this.title = text.split("\n")[0] ?? this.title;
      }
    } catch (error) {
      this.turns.push(this.failure(error, running.token.isCancellationRequested));
    } finally {
      progress?.dispose();
      if (this.running === running) {
        this.running = undefined;
        this.stream("", false, "");
      }
      this.showTurns();
    }
  }

  private failure(error: unknown, wasCancelled: boolean): Turn {
    const partial = this.streamed.text;
    if (wasCancelled) {
      return { role: "assistant", text: partial, footer: "stopped" };
    }
    log.error(`chat: ${said(error)}`);
    const why = isMethodNotFound(error) ? TOO_OLD : said(error);
    return { role: "assistant", text: partial === "" ? why : `${partial}\n\n${why}`, error: true };
  }

  private params(message: string, withFile: boolean): ChatParams {
    const params: ChatParams = { message, ...(this.conversation !== null && { conversation: this.conversation }) };
    const editor = withFile ? this.last.editor : undefined;
    if (editor === undefined) {
      return params;
    }
    const { document, selection } = editor;
    const file = { uri: document.uri.toString(), version: document.version };
    return { ...params, ...file, ...(!selection.isEmpty && { range: { start: selection.start, end: selection.end } }) };
  }

  private async list(query: string): Promise<void> {
    const list = await this.connection.optional("monkeyCoder/conversations", query === "" ? {} : { query });
    if (list === undefined) {
      this.post({ kind: "unavailable", text: this.connection.life === "running" ? TOO_OLD : "The server is not running." });
      return;
    }
    this.post({ kind: "conversations", list, query });
  }

  private async load(id: string): Promise<void> {
    const found = await this.connection.optional("monkeyCoder/conversation", { id });
    if (found === undefined) {
      void vscode.window.showWarningMessage("Monkey Coder: this conversation could not be read; the log says why.");
      return;
    }
    this.running?.cancel();
    this.conversation = id;
    this.title = found.title;
    this.turns = found.messages.map(({ role, text, model }) => ({ role, text, ...(role === "assistant" && model !== "" && { footer: model }) }));
    this.showTurns();
  }

  private async forget(id: string, title: string): Promise<void> {
    const detail = "It is deleted from this machine for good.";
    const chosen = await vscode.window.showWarningMessage(`Delete the conversation “${title}”?`, { modal: true, detail }, "Delete");
    if (chosen === undefined) {
      return;
    }
    await this.connection.optional("monkeyCoder/forgetConversation", { id });
    if (this.conversation === id) {
      this.begin();
    }
    await this.list("");
  }

  private stream(text: string, busy: boolean, message: string): void {
    this.streamed = { kind: "stream", text, busy, message };
    this.post(this.streamed);
  }

  private showTurns(): void {
    this.post({ kind: "turns", title: this.title, turns: this.turns, conversation: this.conversation });
  }

  private showContext(): void {
    const editor = this.last.editor;
    if (editor === undefined) {
      this.post({ kind: "context", label: "" });
      return;
    }
    const name = vscode.workspace.asRelativePath(editor.document.uri);
    this.post({ kind: "context", label: editor.selection.isEmpty ? name : `${name}, ${linesOf(editor.selection)}` });
  }

  private post(message: ToView): void {
    void this.view?.webview.postMessage(message);
  }
}

/** What an answer cost and what it was given, in a line. */
function footerOf({ model, cost, sent, warnings }: ChatResult): string {
  const usd = cost.usd === null ? "" : ` · ${cost.estimated ? "about " : ""}$${cost.usd.toFixed(4)}`;
  const paths = [...new Set(sent.map(({ path }) => vscode.workspace.asRelativePath(path)))];
  const files = paths.length === 0 ? "" : ` · sent: parts of ${paths.join(", ")}`;
  return [`${model}${usd}${files}`, ...warnings].join("\n");
}
