/** Accept and Reject above each change, and for all of them above the first. */

import * as vscode from "vscode";
import type { Edits } from "./edits";
import { inLines } from "./layout";
import { linesOf } from "./painter";
import type { EditSession } from "./session";
import { hasStory, inOneLine, phaseOf, pieces } from "./work";

const STREAM_MS = 250;

export class Lenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  readonly onDidChangeCodeLenses = this.changed.event;

  constructor(private readonly edits: Edits) {
    this.disposables = [
      this.changed,
      vscode.languages.registerCodeLensProvider([{ scheme: "file" }, { scheme: "untitled" }], this),
      edits.onDidChange((session) => this.soon(session)),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.disposables).dispose();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const uri = document.uri.toString();
    const session = this.edits.of(uri);
    if (session === undefined) {
      return [];
    }
    const lines = linesOf(document);
    const tops = session
      .shown(uri)
      .map((hunk) => ({ id: hunk.id, line: Math.min(inLines(hunk, lines).first, document.lineCount - 1) }))
      .sort((a, b) => a.line - b.line);
    const first = tops[0]?.line ?? Math.min(session.line, document.lineCount - 1);
    if (session.phase === "streaming") {
      const shown = pieces(session.work);
      const { candidates = [] } = session.work;
      const isSaid = candidates.length > 1 || phaseOf(session.work) !== undefined; // The message names them as well.
      const now = isSaid ? session.label : `${session.label}: ${session.message}`;
      return [lens(first, `$(loading~spin) ${now}  ·  Cancel (Esc)`, "monkeyCoder.cancel", [session]), ...shown.map((text) => lens(first, text, "", []))];
    }
    const all = session.open.length;
    const found = tops.flatMap(({ id, line }, index) => [
      lens(line, "$(check) Accept", "monkeyCoder.acceptChange", [session, id]),
      lens(line, "$(x) Reject", "monkeyCoder.rejectChange", [session, id]),
      ...(index === 0 && all > 1 ? allOf(session, line, all) : []),
      ...(index === 0 ? [lens(line, "$(split-horizontal) Side by Side", "monkeyCoder.showDiff", [session])] : []),
      ...(index === 0 && hasStory(session.work) ? [whyOf(session, line)] : []),
    ]);
    return found;
  }

  /** While an edit streams, lenses follow at ease: asking for them at every step would be felt. */
  private soon(session: EditSession | undefined): void {
    if (session?.phase !== "streaming") {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.changed.fire();
    } else {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.changed.fire();
      }, STREAM_MS);
    }
  }
}

function allOf(session: EditSession, line: number, count: number): vscode.CodeLens[] {
  return [
    lens(line, `$(check-all) Accept All ${count}`, "monkeyCoder.acceptAll", [session]),
    lens(line, "$(close-all) Reject All", "monkeyCoder.rejectAll", [session]),
  ];
}

function whyOf(session: EditSession, line: number): vscode.CodeLens {
  const title = inOneLine(session.work) || "Why this one";
  return lens(line, `$(info) ${title}`, "monkeyCoder.showWhy", [session], session.work.why);
}

/** A lens; without a command it is words alone. */
function lens(line: number, title: string, command: string, args: unknown[], tooltip?: string): vscode.CodeLens {
  // A blank after an icon would be dropped, but for one that does not break.
  const spaced = title.replace(/(\$\([^)]*\)) /g, "$1\u00a0");
  return new vscode.CodeLens(new vscode.Range(line, 0, line, 0), { title: spaced, command, arguments: args, ...(tooltip && { tooltip }) });
}
