/** The edits that stream or wait: started, shown, accepted and rejected. What is in them is the server's. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { Command, type CommandArguments, type CommandName, type CommandResult, type EditEnded, type ProgressValue } from "@monkey-coder/sdk";
import { log, said } from "../log";
import type { Connection } from "../server/connection";
import { asWorkspaceEdit, EditSession } from "./session";
import { Painter } from "./painter";

const LABELS: Partial<Record<CommandName, string>> = {
  [Command.edit]: "Change code",
  [Command.document]: "Document",
  [Command.fix]: "Fix",
  [Command.tests]: "Write tests",
};

export class Edits implements vscode.Disposable {
  private readonly sessions = new Set<EditSession>();
  /** Edits to choose one of: they are painted nowhere. */
  private readonly offered = new Set<EditSession>();
  private readonly painter = new Painter();
  private readonly changed = new vscode.EventEmitter<EditSession | undefined>();
  private readonly wantsDiff = new vscode.EventEmitter<EditSession>();
  private readonly disposables: vscode.Disposable[];
  /** What the status bar says of the edit that arrived last; no longer true once some of it is settled. */
  private arrival: vscode.Disposable | undefined;
  readonly onDidChange = this.changed.event;
  /** An edit is ready whose files are not all on the screen. */
  readonly onDidWantDiff = this.wantsDiff.event;

  constructor(private readonly connection: Connection) {
    connection.on("monkeyCoder/editEnded", (ended) => this.ended(ended));
    this.disposables = [
      this.painter,
      this.changed,
      this.wantsDiff,
      connection.onDidLose(() => this.lost()),
      vscode.workspace.onDidChangeTextDocument((event) => this.typed(event)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.paint()),
      vscode.window.onDidChangeActiveTextEditor(() => this.keys()),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.paintEditor(textEditor)),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  /** The edit that a document takes part in. */
  of(uri: string): EditSession | undefined {
    return [...this.sessions].find((session) => session.concerns(uri));
  }

  /** The edit that the user means: that of the active editor, else the newest. */
  get current(): EditSession | undefined {
    const uri = vscode.window.activeTextEditor?.document.uri.toString();
    return (uri === undefined ? undefined : this.of(uri)) ?? [...this.sessions].pop();
  }

  byKey(key: string): EditSession | undefined {
    return [...this.sessions, ...this.offered].find((session) => session.id === key);
  }

  /** Keep edits of which the user takes one or none. */
  offer(sessions: readonly EditSession[]): void {
    sessions.forEach((session) => this.offered.add(session));
  }

  /** Have the server propose an edit, and show it as it streams. */
  async run(command: CommandName, args: CommandArguments): Promise<void> {
    const uri = args.uri ?? "";
    if (!(await this.isFree(uri))) {
      return;
    }
    const session = new EditSession(LABELS[command] ?? "Edit", uri, args.range?.start.line ?? 0);
    this.sessions.add(session);
    deselect(uri);
    this.show(session);
    const token = randomUUID();
    let progress: vscode.Disposable | undefined;
    try {
      progress = this.connection.onProgress(token, (value) => this.progress(session, value));
      const result = await this.connection.request(
        "workspace/executeCommand",
        { command, arguments: [{ ...args, stream: "preview" }], workDoneToken: token },
        session.cancel.token,
      );
      this.arrived(session, result);
    } catch (error) {
      const { version: _, ...again } = args; // The text may have changed since.
      this.failed(session, error, () => void this.run(command, again));
    } finally {
      progress?.dispose();
    }
  }

  /** Stop an edit that streams: what is painted goes now, the model's connection right after. */
  cancel(session: EditSession): void {
    session.cancel.cancel();
    this.end(session);
    vscode.window.setStatusBarMessage("$(circle-slash) Monkey Coder: cancelled; nothing was changed", 4000);
  }

  /** Apply changes of an edit (all that wait without `ids`) as one undo step. */
  async accept(session: EditSession, ids?: readonly number[]): Promise<void> {
    const chosen = ids ?? session.open;
    if (session.phase !== "ready" || chosen.some((id) => session.applying.has(id))) {
      return;
    }
    if (session.isOrphan) {
      if (await vscode.workspace.applyEdit(asWorkspaceEdit(session.files, chosen))) {
        this.settle(session, chosen);
      }
      return;
    }
    chosen.forEach((id) => session.applying.add(id));
    this.paint();
    const result = await this.send(Command.accept, session, ids);
    chosen.forEach((id) => session.applying.delete(id));
    if (result !== undefined && result.status !== "failed") {
      this.settle(session, chosen);
    } else {
      this.show(session);
    }
  }

  /** Drop changes of an edit (all without `ids`). */
  async reject(session: EditSession, ids?: readonly number[]): Promise<void> {
    if (session.phase === "streaming") {
      this.cancel(session);
      return;
    }
    const chosen = ids ?? session.open;
    this.settle(session, chosen);
    if (!session.isOrphan) {
      await this.send(Command.reject, session, ids);
    }
  }

  /** The change at the cursor, else the next one below, else the first. */
  atCursor(session: EditSession): number | undefined {
    const editor = vscode.window.activeTextEditor;
    const hunks = editor === undefined ? [] : session.shown(editor.document.uri.toString());
    const line = editor?.selection.active.line ?? 0;
    const sorted = [...hunks].sort((a, b) => a.range.start.line - b.range.start.line);
    return (sorted.find(({ range }) => range.end.line >= line) ?? sorted[0])?.id;
  }

  /** Go to the next or the previous change. */
  go(step: 1 | -1): void {
    const editor = vscode.window.activeTextEditor;
    const session = this.current;
    if (editor === undefined || session === undefined) {
      return;
    }
    const line = editor.selection.active.line;
    const starts = session.shown(editor.document.uri.toString()).map(({ range }) => range.start.line);
    const sorted = starts.sort((a, b) => (a - b) * step);
    const to = sorted.find((start) => (start - line) * step > 0) ?? sorted[0];
    if (to !== undefined) {
      editor.selection = new vscode.Selection(to, 0, to, 0);
      editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }

  private async isFree(uri: string): Promise<boolean> {
    const open = this.of(uri);
    if (open === undefined) {
      return true;
    }
    const doing = open.phase === "streaming" ? "is being written" : "waits to be accepted or rejected";
    const choices = open.phase === "streaming" ? ["Cancel It"] : ["Accept All", "Reject All"];
    const chosen = await vscode.window.showWarningMessage(`“${open.label}” of this file ${doing}. Finish it first.`, ...choices);
    if (chosen === "Accept All") {
      await this.accept(open);
    } else if (chosen !== undefined) {
      await this.reject(open);
    }
    return chosen !== undefined && this.of(uri) === undefined;
  }

  private progress(session: EditSession, value: ProgressValue): void {
    if (session.phase !== "streaming" || value.kind !== "report") {
      return;
    }
    session.report(value);
    this.show(session);
  }

  private arrived(session: EditSession, result: CommandResult | null): void {
    if (session.phase !== "streaming") {
      return;
    }
    if (result?.status !== "ready" || result.edits === undefined || result.session === undefined) {
      this.end(session);
      return;
    }
    session.arrive(result.session, result.edits, result);
    log.info(`${result.message}${result.checks?.length ? ` (${result.checks.join(", ")})` : ""}`);
    this.show(session);
    this.arrival = vscode.window.setStatusBarMessage(`$(sparkle) ${result.message}`, 8000);
    const visible = new Set(vscode.window.visibleTextEditors.map(({ document }) => document.uri.toString()));
    if (session.files.some(({ uri }) => !visible.has(uri))) {
      this.wantsDiff.fire(session);
    }
  }

  private failed(session: EditSession, error: unknown, again: () => void): void {
    const wasOver = session.phase === "over";
    this.end(session);
    if (wasOver || session.cancel.token.isCancellationRequested) {
      return;
    }
    log.error(`${session.label}: ${said(error)}`);
    const why = session.isOrphan ? "the server stopped while it was written" : said(error);
    void vscode.window
      .showErrorMessage(`Monkey Coder: ${session.label} did not finish: ${why}. Nothing was changed.`.replace("..", "."), "Try Again")
      .then((chosen) => chosen && again());
  }

  private async send(command: CommandName, session: EditSession, ids?: readonly number[]): Promise<CommandResult | undefined> {
    try {
      const argument: CommandArguments = { session: session.id, ...(ids && { hunks: [...ids] }) };
      return await this.connection.request("workspace/executeCommand", { command, arguments: [argument] });
    } catch (error) {
      log.error(`${command}: ${said(error)}`);
      void vscode.window.showErrorMessage(`Monkey Coder: ${said(error)}`);
      return undefined;
    }
  }

  private settle(session: EditSession, ids: readonly number[]): void {
    this.arrival?.dispose();
    session.drop(ids);
    if (session.open.length === 0) {
      this.end(session);
    } else {
      this.show(session);
    }
  }

  private ended({ session: id, reason, open = [] }: EditEnded): void {
    const session = this.byKey(id);
    if (session === undefined || session.phase === "over") {
      return;
    }
    const applied = session.applying.size > 0 || this.offered.has(session);
    this.settle(session, session.open.filter((one) => !open.includes(one)));
    if (!applied) {
      void vscode.window.showInformationMessage(`Monkey Coder: “${session.label}” ended: ${reason}.`);
    }
  }

  private lost(): void {
    for (const session of [...this.sessions, ...this.offered]) {
      session.isOrphan = true;
    }
  }

  private typed(event: vscode.TextDocumentChangeEvent): void {
    const uri = event.document.uri.toString();
    if (event.contentChanges.length === 0) {
      return;
    }
    for (const session of [...this.sessions, ...this.offered]) {
      if (session.concerns(uri)) {
        const changes = event.contentChanges.map(({ range, text }) => ({ range, text }));
        session.typed(uri, event.document.version, changes);
        this.show(session);
      }
    }
  }

  private end(session: EditSession): void {
    session.phase = "over";
    this.sessions.delete(session);
    this.offered.delete(session);
    this.show(session);
  }

  private show(session: EditSession): void {
    this.paint();
    this.keys();
    this.changed.fire(session);
  }

  private paint(): void {
    vscode.window.visibleTextEditors.forEach((editor) => this.paintEditor(editor));
  }

  private readonly painted = new WeakSet<vscode.TextEditor>();

  private paintEditor(editor: vscode.TextEditor): void {
    const uri = editor.document.uri.toString();
    const hunks = this.of(uri)?.shown(uri) ?? [];
    if (hunks.length > 0 || this.painted.has(editor)) {
      this.painter.paint(editor, hunks);
      this.painted[hunks.length > 0 ? "add" : "delete"](editor);
    }
  }

  private keys(): void {
    const uri = vscode.window.activeTextEditor?.document.uri.toString();
    const session = uri === undefined ? undefined : this.of(uri);
    const any = [...this.sessions];
    setContext("monkeyCoder.editReady", session?.phase === "ready");
    setContext("monkeyCoder.editStreaming", session?.phase === "streaming");
    setContext("monkeyCoder.anyEditReady", any.some(({ phase }) => phase === "ready"));
  }
}

/** Put the cursor where the selection ends: a selection would hide what is painted in it. */
function deselect(uri: string): void {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.toString() === uri && !editor.selection.isEmpty) {
    editor.selection = new vscode.Selection(editor.selection.active, editor.selection.active);
  }
}

const contexts = new Map<string, boolean>();

function setContext(key: string, value: boolean): void {
  if (contexts.get(key) !== value) {
    contexts.set(key, value);
    void vscode.commands.executeCommand("setContext", key, value);
  }
}

