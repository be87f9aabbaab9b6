/** How the changes of an open edit move while the user types. The server does the same by offsets. */

import type { Hunk, Position, Range } from "@monkey-coder/sdk";

/** What was typed: `text` in place of `range`. */
export interface Typed {
  range: Range;
  text: string;
}

/** The hunks as they lie after what was typed, or null where it reaches into one of them. */
export function shiftAll(hunks: readonly Hunk[], typed: readonly Typed[]): Hunk[] | null {
  let moved = [...hunks];
  for (const one of typed) {
    const next: Hunk[] = [];
    for (const hunk of moved) {
      const range = shift(hunk.range, one);
      if (range === null) {
        return null;
      }
      next.push({ ...hunk, range });
    }
    moved = next;
  }
  return moved;
}

/**
 * A range after what was typed, or null where that reaches into it. What is typed where a hunk only
 * inserts lines belongs to the line that stands there already.
 */
export function shift(range: Range, typed: Typed): Range | null {
  if (compare(typed.range.start, range.end) >= 0) {
    return range;
  }
  if (compare(typed.range.end, range.start) <= 0) {
    return { start: move(range.start, typed), end: move(range.end, typed) };
  }
  return null;
}

function move(at: Position, { range, text }: Typed): Position {
  const lines = text.split(/\r\n|\r|\n/);
  const last = lines[lines.length - 1] ?? "";
  const delta = lines.length - 1 - (range.end.line - range.start.line);
  if (at.line !== range.end.line) {
    return { line: at.line + delta, character: at.character };
  }
  const before = lines.length === 1 ? range.start.character : 0;
  return { line: at.line + delta, character: before + last.length + at.character - range.end.character };
}

export function compare(a: Position, b: Position): number {
  return a.line - b.line || a.character - b.character;
}
