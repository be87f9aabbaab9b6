/**
 * Where the lines of a change are painted. An extension cannot put rows between the lines of an
 * editor, so removed lines are marked where they stand and added lines are drawn as a block: beside
 * them where it fits, else below them, over what follows.
 */

import type { Hunk } from "@monkey-coder/sdk";

/** The text as far as the layout needs it. */
export interface Lines {
  readonly count: number;
  at(line: number): string;
}

/** A change in whole lines: `removed` lines from `first` on give way to `added`. */
export interface LineChange {
  first: number;
  removed: number;
  added: string[];
}

/** One line of the block: drawn `below` rows under `line`, from `column` on. */
export interface Row {
  line: number;
  below: number;
  column: number;
  text: string;
  isFirst: boolean;
  isLast: boolean;
}

export interface Block extends LineChange {
  id: number;
  /** Whether the rows cover lines that stay, because there was no room beside them. */
  covers: boolean;
  rows: Row[];
}

const GAP = 3;
const EMPTY_COLUMN = 1;

/** The blocks of all hunks, from the top; none overlaps another. `columns` is how wide the editor is. */
export function layOut(hunks: readonly Hunk[], lines: Lines, columns: number, tab: number): Block[] {
  const changes = hunks
    .map((hunk) => ({ id: hunk.id, ...inLines(hunk, lines) }))
    .sort((a, b) => a.first - b.first || a.removed - b.removed);
  const blocks: Block[] = [];
  let free = 0;
  for (const change of changes) {
    const block = place(change, lines, columns, tab, free);
    free = Math.max(free, bottom(block));
    blocks.push(block);
  }
  return blocks;
}

/** A hunk in whole lines, without the lines that it leaves as they are. */
export function inLines({ range, newText }: Hunk, lines: Lines): LineChange {
  const { start, end } = range;
  const text = newText.replace(/\r\n?/g, "\n");
  if (start.character === 0 && end.character === 0 && (text === "" || text.endsWith("\n"))) {
    const added = text === "" ? [] : text.slice(0, -1).split("\n");
    return trimmed(start.line, span(lines, start.line, end.line), added);
  }
  const before = lines.at(start.line).slice(0, start.character);
  const after = end.line < lines.count ? lines.at(end.line).slice(end.character) : "";
  return trimmed(start.line, span(lines, start.line, end.line + 1), (before + text + after).split("\n"));
}

/** The width of a text on the screen, in columns. */
export function width(text: string, tab: number): number {
  return expand(text, tab).length;
}

/** A text with its tabs as blanks. */
export function expand(text: string, tab: number): string {
  let wide = "";
  for (const character of text) {
    wide += character === "\t" ? " ".repeat(tab - (wide.length % tab)) : character;
  }
  return wide;
}

function span(lines: Lines, from: number, to: number): string[] {
  const found: string[] = [];
  for (let line = from; line < Math.min(to, lines.count); line++) {
    found.push(lines.at(line));
  }
  return found;
}

function trimmed(first: number, removed: string[], added: string[]): LineChange {
  let head = 0;
  const most = Math.min(removed.length, added.length);
  while (head < most && removed[head] === added[head]) {
    head++;
  }
  let tail = 0;
  while (tail < most - head && removed[removed.length - 1 - tail] === added[added.length - 1 - tail]) {
    tail++;
  }
  return {
    first: first + head,
    removed: removed.length - head - tail,
    added: added.slice(head, added.length - tail),
  };
}

function place(
  change: LineChange & { id: number },
  lines: Lines,
  columns: number,
  tab: number,
  free: number,
): Block {
  const wide = change.added.map((text) => expand(text, tab));
  const old = span(lines, change.first, change.first + change.removed).map((text) => expand(text, tab));
  const indent = commonIndent([...wide, ...old]);
  const top = Math.max(change.first, free);
  const covered = span(lines, change.first, Math.max(top + wide.length, change.first + change.removed));
  const column = Math.max(EMPTY_COLUMN, ...covered.map((text) => width(text, tab))) + GAP;
  const widest = Math.max(0, ...wide.map((text) => text.length)) - indent;
  if (column + widest + GAP <= columns) {
    const texts = wide.map((text) => text.slice(indent));
    return { ...change, covers: false, rows: rowsOf(texts, top, column, lines.count) };
  }
  const under = Math.max(change.first + change.removed, free);
  return { ...change, covers: true, rows: rowsOf(wide, under, 0, lines.count) };
}

function rowsOf(texts: string[], top: number, column: number, count: number): Row[] {
  const widest = Math.max(0, ...texts.map((text) => text.length));
  return texts.map((text, index) => {
    const line = Math.max(0, Math.min(top + index, count - 1));
    return {
      line,
      below: top + index - line,
      column,
      text: text.padEnd(widest),
      isFirst: index === 0,
      isLast: index === texts.length - 1,
    };
  });
}

function bottom(block: Block): number {
  const last = block.rows[block.rows.length - 1];
  return Math.max(block.first + block.removed, last === undefined ? 0 : last.line + last.below + 1);
}

function commonIndent(texts: readonly string[]): number {
  const full = texts.filter((text) => text.trim() !== "");
  return full.length === 0 ? 0 : Math.min(...full.map((text) => text.length - text.trimStart().length));
}
