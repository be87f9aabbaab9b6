/** Paint the open changes of every visible editor: removed lines in place, added lines as a block. */

import * as vscode from "vscode";
import type { Hunk } from "@monkey-coder/sdk";
import { layOut, type Block, type Lines, type Row } from "./layout";

const COLOR = (id: string): vscode.ThemeColor => new vscode.ThemeColor(id);
const BLANK = "\u00a0";

/** An inserted line's background over the editor's own, so that nothing shines through. */
const PAPER =
  "linear-gradient(var(--vscode-diffEditor-insertedLineBackground, transparent), var(--vscode-diffEditor-insertedLineBackground, transparent))" +
  ", var(--vscode-editor-background)";
const RIM = "var(--vscode-diffEditor-insertedTextBorder, var(--vscode-contrastBorder, transparent))";
const EDGE = "var(--vscode-editorGutter-addedBackground, var(--vscode-contrastBorder, currentColor))";

export class Painter implements vscode.Disposable {
  private readonly removed = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: COLOR("diffEditor.removedLineBackground"),
    overviewRulerColor: COLOR("editorOverviewRuler.deletedForeground"),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
    borderColor: COLOR("editorGutter.deletedBackground"),
    borderStyle: "none none none solid",
    borderWidth: "3px",
  });
  private readonly gone = vscode.window.createTextEditorDecorationType({
    textDecoration: "line-through; text-decoration-color: var(--vscode-editorGutter-deletedBackground); opacity: 0.75",
  });
  private readonly place = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderStyle: "solid none none none",
    borderWidth: "2px",
    borderColor: COLOR("editorGutter.addedBackground"),
    overviewRulerColor: COLOR("editorOverviewRuler.addedForeground"),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
  });
  private readonly added = vscode.window.createTextEditorDecorationType({});

  /** Paint these changes, and nothing else of ours, into an editor. */
  paint(editor: vscode.TextEditor, hunks: readonly Hunk[]): void {
    const tab = typeof editor.options.tabSize === "number" ? editor.options.tabSize : 4;
    const columns = vscode.workspace.getConfiguration("monkeyCoder").get<number>("editor.previewColumns", 110);
    const blocks = hunks.length === 0 ? [] : layOut(hunks, linesOf(editor.document), columns, tab);
    const removed = blocks.filter(({ removed }) => removed > 0).map((block) => removedRange(editor.document, block));
    editor.setDecorations(this.removed, removed);
    editor.setDecorations(this.gone, removed);
    editor.setDecorations(
      this.place,
      blocks.filter(({ removed }) => removed === 0).map(({ first }) => lineStart(editor.document, first)),
    );
    const cursor = editor.selection.active.line;
    editor.setDecorations(
      this.added,
      blocks.flatMap((block) => {
        const isInTheWay = block.covers && block.rows.some(({ line, below }) => line + below === cursor);
        return block.rows.map((row) => decoration(editor.document, row, isInTheWay));
      }),
    );
  }

  dispose(): void {
    vscode.Disposable.from(this.removed, this.gone, this.place, this.added).dispose();
  }
}

/** The text of a document, line by line. */
export function linesOf(document: vscode.TextDocument): Lines {
  return {
    count: document.lineCount,
    at: (line) => (line < document.lineCount ? document.lineAt(line).text : ""),
  };
}

/** One row of a block. It is out of the flow of its line, so it moves nothing that is in the text. */
function decoration(document: vscode.TextDocument, row: Row, isInTheWay: boolean): vscode.DecorationOptions {
  const end = document.lineAt(row.line).range.end;
  const css = [
    "none; position: absolute",
    `left: ${row.column}ch`,
    `top: ${row.below * 100}%`,
    // As far as the editor shows, so that what is removed does not show again behind it.
    "min-width: 100vw",
    "z-index: 3",
    "white-space: pre",
    "padding: 0 1.5ch 0 1ch",
    `border-left: 3px solid ${EDGE}`,
    `background: ${PAPER}`,
    `box-shadow: ${[...(row.isFirst ? [`inset 0 1px ${RIM}`] : []), ...(row.isLast ? [`inset 0 -1px ${RIM}`] : []), `inset -1px 0 ${RIM}`].join(", ")}`,
    "pointer-events: none",
    ...(isInTheWay ? ["opacity: 0.15"] : []),
  ];
  return {
    range: new vscode.Range(end, end),
    renderOptions: {
      after: {
        contentText: `+ ${row.text}`.replaceAll(" ", BLANK),
        color: COLOR("editor.foreground"),
        fontStyle: "normal",
        textDecoration: css.join("; "),
      },
    },
  };
}

function removedRange(document: vscode.TextDocument, { first, removed }: Block): vscode.Range {
  return document.validateRange(new vscode.Range(first, 0, first + removed - 1, Number.MAX_SAFE_INTEGER));
}

function lineStart(document: vscode.TextDocument, line: number): vscode.Range {
  const at = Math.min(line, document.lineCount - 1);
  return new vscode.Range(at, 0, at, 0);
}
