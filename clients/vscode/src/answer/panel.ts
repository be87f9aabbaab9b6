/** Explain and review: the answer beside the code, as it streams. */

import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { Command, type CommandArguments, type CommandName } from "@monkey-coder/sdk";
import { useCode, type LastEditor } from "../chat/code";
import type { FromView, ToView } from "../chat/messages";
import { setPage } from "../chat/page";
import type { Edits } from "../edit/edits";
import { log, said } from "../log";
import type { Connection } from "../server/connection";

export class Answers implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private running: vscode.CancellationTokenSource | undefined;
  private latest: ToView = { kind: "stream", text: "", busy: false, message: "" };

  constructor(
    private readonly extension: vscode.Uri,
    private readonly connection: Connection,
    private readonly edits: Edits,
    private readonly last: LastEditor,
  ) {}

  dispose(): void {
    this.running?.cancel();
    this.panel?.dispose();
  }

  /** Ask, and show the answer as it comes; closing the panel cancels it. */
  async run(command: CommandName, args: CommandArguments): Promise<void> {
    this.running?.cancel();
    const running = new vscode.CancellationTokenSource();
    this.running = running;
    const title = command === Command.review ? "Review" : "Explanation";
    this.show(`Monkey Coder: ${title}`);
    this.post("", true, "thinking");
    const token = randomUUID();
    let progress: vscode.Disposable | undefined;
    let text = "";
    try {
      progress = this.connection.onProgress(token, (value) => {
        if (value.kind === "report" && value.answer !== undefined && !running.token.isCancellationRequested) {
          text = value.answer;
          this.post(text, true, value.message ?? "");
        }
      });
      const request = { command, arguments: [args], workDoneToken: token };
      const result = await this.connection.request("workspace/executeCommand", request, running.token);
      text = result.markdown ?? text;
      this.postOf(running, text, result.status === "failed" ? result.message : `answered by ${result.model ?? "the server"}`);
    } catch (error) {
      if (!running.token.isCancellationRequested) {
        log.error(`${title}: ${said(error)}`);
        this.postOf(running, text, said(error));
      }
    } finally {
      progress?.dispose();
    }
  }

  /** Show Markdown that is there already. */
  page(title: string, markdown: string): void {
    this.running?.cancel();
    this.show(title);
    this.post(markdown, false, "");
  }

  private show(title: string): void {
    if (this.panel === undefined) {
      const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      this.panel = vscode.window.createWebviewPanel("monkeyCoder.answer", title, place, { retainContextWhenHidden: true, enableFindWidget: true });
      this.panel.webview.onDidReceiveMessage((message: FromView) => {
        if (message.kind === "ready") {
          void this.panel?.webview.postMessage(this.latest);
        } else if (message.kind === "code") {
          void useCode(message.action, message.text, this.last, this.edits);
        }
      });
      this.panel.onDidDispose(() => {
        this.panel = undefined;
        this.running?.cancel();
      });
      setPage(this.panel.webview, this.extension, "answer");
    } else {
      this.panel.reveal(undefined, true);
    }
    this.panel.title = title;
  }

  private postOf(running: vscode.CancellationTokenSource, text: string, message: string): void {
    if (this.running === running) {
      this.post(text, false, message);
    }
  }

  private post(text: string, busy: boolean, message: string): void {
    this.latest = { kind: "stream", text, busy, message };
    void this.panel?.webview.postMessage(this.latest);
  }
}
