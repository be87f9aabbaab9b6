/** What became of a suggestion, told from how the text changed after it was shown. */

import type { Outcome } from "@monkey-coder/sdk";

/** A suggestion at an offset: what is left of it to accept or to type, and whether any of it was. */
export interface Shown {
  offset: number;
  rest: string;
  typed: boolean;
}

/** What a change of the text makes of a suggestion: what is left of it, or how it ended. */
export function afterChange(shown: Shown, offset: number, removed: number, text: string): Shown | Outcome {
  const isHere = offset === shown.offset && removed === 0 && text !== "";
  if (isHere && shown.rest === text) {
    return "accepted";
  }
  if (isHere && shown.rest.startsWith(text)) {
    return { offset: shown.offset + text.length, rest: shown.rest.slice(text.length), typed: true };
  }
  return shown.typed ? "partial" : "dismissed";
}
