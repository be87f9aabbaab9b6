/** An open edit side by side: each file as it is, and as it would be. */

import * as vscode from "vscode";
import type { Edits } from "./edits";
import type { EditSession, OpenFile } from "./session";
import { compare } from "./shift";

export const SCHEME = "monkey-coder-proposed";

export class Diffs implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly opened = new Map<EditSession, vscode.Uri[]>();
  private readonly disposables: vscode.Disposable[];
  readonly onDidChange = this.changed.event;

  constructor(private readonly edits: Edits) {
    this.disposables = [
      this.changed,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      edits.onDidChange((session) => session && this.follow(session)),
      edits.onDidWantDiff((session) => void this.open(session)),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { session: id, uri: target, side } = parsed(uri);
    const file = side === "now" ? undefined : this.edits.byKey(id)?.files.find((one) => one.uri === target);
    const text = await textOf(vscode.Uri.parse(target));
    return file === undefined ? text : applied(text, file);
  }

  /** Show an edit: one file as a diff, several in one editor. */
  async open(session: EditSession): Promise<void> {
    const pairs = session.files.map((file) => {
      const target = vscode.Uri.parse(file.uri);
      return { target, now: uriOf(session.id, target, "now"), proposed: uriOf(session.id, target, "proposed") };
    });
    this.opened.set(session, pairs.flatMap(({ now, proposed }) => [now, proposed]));
    const title = `${session.label} (proposed)`;
    const [only] = pairs;
    if (pairs.length === 1 && only !== undefined) {
      await vscode.commands.executeCommand("vscode.diff", only.now, only.proposed, `${name(only.target)}: ${title}`, { preview: true });
    } else if (pairs.length > 1) {
      const resources = pairs.map(({ target, now, proposed }) => [target, now, proposed]);
      await vscode.commands.executeCommand("vscode.changes", title, resources);
    }
  }

  private follow(session: EditSession): void {
    const uris = this.opened.get(session);
    if (uris === undefined) {
      return;
    }
    if (session.phase !== "over") {
      uris.forEach((uri) => this.changed.fire(uri));
      return;
    }
    this.opened.delete(session);
    void closeTabs(session.id);
  }
}

/** The text of a file with the open changes in it. */
export function applied(text: string, file: OpenFile): string {
  const starts = lineStarts(text);
  const at = (line: number, character: number): number => Math.min((starts[line] ?? text.length) + character, text.length);
  let result = text;
  const last = [...file.hunks].sort((a, b) => compare(b.range.start, a.range.start));
  for (const { range, newText } of last) {
    const from = at(range.start.line, range.start.character);
    const to = at(range.end.line, range.end.character);
    result = result.slice(0, from) + newText + result.slice(to);
  }
  return result;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|\r|\n/g)) {
    starts.push(end.index + end[0].length);
  }
  return starts;
}

/** Both sides are documents of their own: the file's own would carry the preview in place as well. */
interface Side {
  session: string;
  uri: string;
  side: "now" | "proposed";
}

function uriOf(session: string, target: vscode.Uri, side: Side["side"]): vscode.Uri {
  const query: Side = { session, uri: target.toString(), side };
  return vscode.Uri.from({ scheme: SCHEME, path: target.path, query: JSON.stringify(query) });
}

function parsed(uri: vscode.Uri): Side {
  return JSON.parse(uri.query) as Side;
}

async function textOf(uri: vscode.Uri): Promise<string> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) {
    return open.getText();
  }
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return ""; // A file that the edit creates.
  }
}

async function closeTabs(session: string): Promise<void> {
  const ours = (uri: vscode.Uri): boolean => uri.scheme === SCHEME && uri.query.includes(`"${session}"`);
  const tabs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
  const stale = tabs.filter(({ input, label }) => {
    if (input instanceof vscode.TabInputTextDiff) {
      return ours(input.modified);
    }
    // A diff of several files has no name in the API yet; some versions say what is in it all the same.
    const several = (input as { textDiffs?: { modified: vscode.Uri }[] } | undefined)?.textDiffs;
    return several?.some(({ modified }) => ours(modified)) ?? (input === undefined && label.includes("(proposed)"));
  });
  await vscode.window.tabGroups.close(stale);
}

function name(uri: vscode.Uri): string {
  return uri.path.split("/").pop() ?? uri.path;
}

