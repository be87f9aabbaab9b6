/** Ghost text: when it is asked for, and what became of it. What it says is the server's matter. */

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import type { Outcome } from "@monkey-coder/sdk";
import { afterChange, type Shown } from "./outcome";

const ACCEPTED = "monkeyCoder.ghostAccepted";
const ACCEPT_MS = 100;

export class Ghost implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  private shown: (Shown & { uri: string }) | undefined;
  private paused = false;
  readonly onDidChange = this.changed.event;

  /** `tell` passes an outcome on; `isBusy` says that a document shows an edit, which ghost text would disturb. */
  constructor(
    private readonly tell: (uri: string, outcome: Outcome) => void,
    private readonly isBusy: (uri: string) => boolean,
  ) {
    this.disposables.push(
      this.changed,
      vscode.commands.registerCommand(ACCEPTED, () => this.end("accepted")),
      vscode.workspace.onDidChangeTextDocument((event) => this.follow(event)),
      vscode.window.onDidChangeActiveTextEditor(() => this.end("dismissed")),
    );
  }

  get isPaused(): boolean {
    return this.paused;
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.changed.fire();
  }

  readonly middleware: Middleware = {
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      const isAutomatic = context.triggerKind === vscode.InlineCompletionTriggerKind.Automatic;
      if (this.isBusy(document.uri.toString()) || (isAutomatic && (this.paused || !(await wait(token))))) {
        return null;
      }
      const found = await next(document, position, context, token);
      const items = Array.isArray(found) ? found : (found?.items ?? []);
      for (const item of items) {
        item.command = { command: ACCEPTED, title: "" };
      }
      this.show(document, position, items[0]);
      return items;
    },
  };

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private show(document: vscode.TextDocument, position: vscode.Position, item: vscode.InlineCompletionItem | undefined): void {
    if (item === undefined || typeof item.insertText !== "string") {
      return;
    }
    const start = item.range?.start ?? position;
    const typed = document.getText(new vscode.Range(start, position));
    if (item.insertText.startsWith(typed)) {
      this.shown = {
        uri: document.uri.toString(),
        offset: document.offsetAt(position),
        rest: item.insertText.slice(typed.length),
        typed: this.shown?.typed ?? false,
      };
    }
  }

  private follow(event: vscode.TextDocumentChangeEvent): void {
    const change = event.contentChanges[0];
    if (this.shown === undefined || change === undefined || event.document.uri.toString() !== this.shown.uri) {
      return;
    }
    const after = afterChange(this.shown, change.rangeOffset, change.rangeLength, change.text);
    if (after === "accepted") {
      this.end(after);
    } else if (typeof after === "string") {
      this.endSoon(after);
    } else {
      this.shown = { ...after, uri: this.shown.uri };
    }
  }

  /** An accepted suggestion may change more than its text (indentation): its command comes right after. */
  private endSoon(outcome: Outcome): void {
    const shown = this.shown;
    setTimeout(() => {
      if (this.shown === shown) {
        this.end(outcome);
      }
    }, ACCEPT_MS);
  }

  private end(outcome: Outcome): void {
    if (this.shown !== undefined) {
      this.tell(this.shown.uri, outcome);
      this.shown = undefined;
    }
  }
}

/** Wait as long as the user wants typing to pause first; false if it went on. */
async function wait(token: vscode.CancellationToken): Promise<boolean> {
  const delay = vscode.workspace.getConfiguration("monkeyCoder").get<number>("editor.ghostTextDelay", 0);
  if (delay > 0) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, delay);
      const stop = token.onCancellationRequested(done);
      function done(): void {
        clearTimeout(timer);
        stop.dispose();
        resolve();
      }
    });
  }
  return !token.isCancellationRequested;
}
