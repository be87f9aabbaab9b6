/** What the buttons of a code block do. */

import * as vscode from "vscode";
import { Command } from "@monkey-coder/sdk";
import type { Edits } from "../edit/edits";

/** The editor that the user worked in last: a web view takes the focus away from it. */
export class LastEditor implements vscode.Disposable {
  private last = vscode.window.activeTextEditor;
  private readonly follow = vscode.window.onDidChangeActiveTextEditor((editor) => {
    this.last = editor ?? this.last;
  });

  get editor(): vscode.TextEditor | undefined {
    const visible = vscode.window.visibleTextEditors;
    const again = visible.find(({ document }) => document === this.last?.document && !this.last.document.isClosed);
    return again ?? visible.find(({ document }) => document.uri.scheme === "file");
  }

  dispose(): void {
    this.follow.dispose();
  }
}

export async function useCode(
  action: "insert" | "apply" | "copy",
  code: string,
  last: LastEditor,
  edits: Edits,
): Promise<void> {
  if (action === "copy") {
    await vscode.env.clipboard.writeText(code);
    vscode.window.setStatusBarMessage("$(copy) Copied", 2000);
    return;
  }
  const editor = last.editor;
  if (editor === undefined) {
    void vscode.window.showWarningMessage("Monkey Coder: open the file that this code is for, then try again.");
    return;
  }
  if (action === "insert") {
    await editor.edit((edit) => edit.replace(editor.selection, code));
    await vscode.window.showTextDocument(editor.document, editor.viewColumn);
    return;
  }
  const { document } = editor;
  await vscode.window.showTextDocument(document, editor.viewColumn);
  await edits.run(Command.edit, {
    uri: document.uri.toString(),
    version: document.version,
    instruction: `Make this change in the file, where it belongs; leave everything else as it is:\n\n${fenced(code)}`,
  });
}

function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${code}\n${fence}`;
}
