/** A function as it is and as each alternative has it, line by line. Pure. */

import type { FileEdit } from "@monkey-coder/sdk";

/** A head that is further up is not shown. */
const HEAD = 30;

export interface Line {
  text: string;
  /** Whether the other side does not have it. */
  isNew: boolean;
}

/**
 * The lines that any of the edits touches, from `first` to `last` (not included), and those above them up to
 * the head of the function that they are in: the next line that is indented less.
 */
export function region(text: string, edits: readonly FileEdit[]): { first: number; last: number } {
  const lines = linesOf(text);
  const hunks = edits.flatMap((edit) => edit.hunks);
  const first = Math.min(...hunks.map(({ range }) => range.start.line));
  const last = Math.min(lines.length, Math.max(...hunks.map(({ range }) => range.end.line + (range.end.character > 0 ? 1 : 0))));
  const indent = Math.min(...lines.slice(first, last).map(indentOf));
  const above = lines.slice(0, first).reduce((found, line, index) => (indentOf(line) < indent ? index : found), -1);
  return { first: above === -1 || first - above > HEAD ? first : above, last };
}

/** How far a line is indented; an empty one is further than any. */
export function indentOf(line: string): number {
  return line.trim() === "" ? Infinity : line.length - line.trimStart().length;
}

/** Both sides of a region: the lines of `text`, and what `changed` has in their place. */
export function sides(text: string, changed: string, { first, last }: { first: number; last: number }): { now: Line[]; then: Line[] } {
  const before = linesOf(text);
  const after = linesOf(changed);
  const now = before.slice(first, last);
  const then = after.slice(first, Math.max(first, last + after.length - before.length));
  const common = longestCommon(now, then);
  return { now: marked(now, common.map(([a]) => a)), then: marked(then, common.map(([, b]) => b)) };
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  return lines[lines.length - 1] === "" ? lines.slice(0, -1) : lines;
}

function marked(lines: readonly string[], kept: readonly number[]): Line[] {
  const same = new Set(kept);
  return lines.map((text, index) => ({ text, isNew: !same.has(index) }));
}

/** The pairs of a longest common subsequence, by dynamic programming: a function has few lines. */
function longestCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  const length = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => length[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      (length[i] as number[])[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      pairs.push([i++, j++]);
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      i++;
    } else {
      j++;
    }
  }
  return pairs;
}
