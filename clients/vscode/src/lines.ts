/** The lines of a selection in words, counted from 1. One that ends before a line's first character leaves it out. */

import type { Range } from "@monkey-coder/sdk";

export function linesOf({ start, end }: Range): string {
  const last = end.character === 0 && end.line > start.line ? end.line : end.line + 1;
  return last === start.line + 1 ? `line ${last}` : `lines ${start.line + 1}–${last}`;
}
