/** Other ways to write a function, side by side with the present one: take one, or leave it as it is. */

import * as vscode from "vscode";
import { Command, type AlternativeEdit, type CommandArguments } from "@monkey-coder/sdk";
import type { Card, FromView, ToView } from "../chat/messages";
import { setPage } from "../chat/page";
import { applied, type Diffs } from "../edit/diff";
import type { Edits } from "../edit/edits";
import { EditSession } from "../edit/session";
import { log } from "../log";
import type { Connection } from "../server/connection";
import { region, sides } from "./compare";

export class Alternatives implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private latest: (ToView & { kind: "alternatives" }) | undefined;
  private offered: EditSession[] = [];
  private readonly follow: vscode.Disposable;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly connection: Connection,
    private readonly edits: Edits,
    private readonly diffs: Diffs,
  ) {
    this.follow = edits.onDidChange((session) => session?.phase === "over" && this.ended(session));
  }

  dispose(): void {
    this.follow.dispose();
    this.panel?.dispose();
  }

  /** Ask for other ways to write the function at the range, and show them. */
  async run(argument: CommandArguments): Promise<void> {
    this.panel?.dispose();
    const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === argument.uri);
    const text = document?.getText() ?? "";
    const result = await this.connection.request("workspace/executeCommand", { command: Command.alternatives, arguments: [argument] });
    const found = result.alternatives ?? [];
    if (document === undefined || found.length === 0) {
      log.info(result.message); // The server has told the user.
      return;
    }
    const line = argument.range?.start.line ?? 0;
    this.offered = found.map((one) => {
      const session = new EditSession(`Alternative: ${one.part}`, document.uri.toString(), line);
      session.arrive(one.session, one.edits, { ...result, model: one.model, open: one.edits.flatMap(({ hunks }) => hunks.map(({ id }) => id)) });
      return session;
    });
    this.edits.offer(this.offered);
    const where = region(text, found.flatMap((one) => one.edits));
    const [first] = found;
    const plain = first === undefined ? [] : sides(text, text, where).now;
    this.latest = {
      kind: "alternatives",
      title: result.message,
      file: vscode.workspace.asRelativePath(document.uri),
      first: where.first + 1,
      now: plain,
      cards: found.map((one, index) => card(one, text, where, this.offered[index])),
    };
    this.show();
  }

  private show(): void {
    const panel = vscode.window.createWebviewPanel("monkeyCoder.alternatives", "Monkey Coder: Alternatives", vscode.ViewColumn.Active, { retainContextWhenHidden: true });
    this.panel = panel;
    panel.webview.onDidReceiveMessage((message: FromView) => this.hear(message));
    panel.onDidDispose(() => {
      this.panel = undefined;
      const left = this.offered;
      this.offered = [];
      left.forEach((session) => void this.edits.reject(session));
    });
    setPage(panel.webview, this.extension, "alternatives");
  }

  private hear(message: FromView): void {
    if (message.kind === "ready") {
      this.post();
    } else if (message.kind === "leave") {
      this.panel?.dispose();
    } else if (message.kind === "take" || message.kind === "compare") {
      const session = this.offered.find(({ id }) => id === message.session);
      if (session !== undefined) {
        void (message.kind === "take" ? this.take(session) : this.diffs.open(session));
      }
    }
  }

  private async take(session: EditSession): Promise<void> {
    await this.edits.accept(session);
    if (session.phase === "over") {
      this.offered = []; // The server ended the others.
      this.panel?.dispose();
      await vscode.window.showTextDocument(vscode.Uri.parse(session.uri));
      vscode.window.setStatusBarMessage("$(sparkle) Monkey Coder: taken; one undo brings the other back", 8000);
    }
  }

  /** One of them is no longer to be had: what was typed reached into it, or another was taken. */
  private ended(session: EditSession): void {
    if (this.latest === undefined || !this.offered.includes(session)) {
      return;
    }
    this.offered = this.offered.filter((one) => one !== session);
    this.latest = { ...this.latest, cards: this.latest.cards.filter(({ session: id }) => id !== session.id) };
    this.post();
  }

  private post(): void {
    void this.panel?.webview.postMessage(this.latest);
  }
}

function card(one: AlternativeEdit, text: string, where: { first: number; last: number }, session: EditSession | undefined): Card {
  const [file] = session?.files ?? [];
  const changed = file === undefined ? text : applied(text, file);
  const { part, model, tradeOff, verified } = one;
  return { session: one.session, part, model, tradeOff, verified, lines: sides(text, changed, where).then };
}
