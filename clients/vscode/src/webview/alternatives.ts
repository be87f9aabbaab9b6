/** The present function, and beside it each other way to write it. */

import { indentOf, type Line } from "../alternatives/compare";
import type { Card, FromView, ToView } from "../chat/messages";
import { button, make } from "./render";

export function alternatives(into: HTMLElement, post: (message: FromView) => void): (message: ToView) => void {
  return (message) => {
    if (message.kind === "alternatives") {
      const { title, file, first, now, cards } = message;
      const leave = button("Leave It as It Is", "Close this; nothing is changed (Esc)", () => post({ kind: "leave" }));
      const present = make("section", "card", heading("Now", `${file}, from line ${first}`), code(now));
      present.setAttribute("aria-label", "The present text");
      into.replaceChildren(
        make("header", "", make("h1", "title", title), leave),
        make("main", "cards", present, ...cards.map((one, index) => shown(one, index + 1, post))),
      );
      into.querySelector<HTMLButtonElement>("button.primary")?.focus();
      document.onkeydown = (event) => event.key === "Escape" && post({ kind: "leave" });
    }
  };
}

function shown({ session, part, model, tradeOff, verified, lines }: Card, number: number, post: (message: FromView) => void): HTMLElement {
  const proof = verified.length === 0 ? make("p", "hint", "not run") : make("p", "verified", `✓ ${verified.join(", ")}`);
  const bar = make(
    "div",
    "row",
    button("Take This One", `Put alternative ${number} into the text; one undo brings the present one back`, () => post({ kind: "take", session }), "primary"),
    button("Compare", "Show it as a diff", () => post({ kind: "compare", session })),
  );
  const made = make("section", "card", heading(`${number}. ${part}`, `by ${model}`), make("p", "tradeoff", tradeOff), proof, bar, code(lines));
  made.setAttribute("aria-label", `Alternative ${number}: ${part}`);
  return made;
}

function heading(title: string, hint: string): HTMLElement {
  return make("div", "", make("h2", "", title), make("p", "hint", hint));
}

function code(lines: readonly Line[]): HTMLElement {
  const indent = Math.min(...lines.map(({ text }) => indentOf(text)));
  const rows = lines.map(({ text, isNew }) => {
    const shown = text.slice(Number.isFinite(indent) ? indent : 0);
    const row = make("div", isNew ? "line new" : "line", shown || " ");
    const hang = shown.length - shown.trimStart().length + 2; // Where it goes on if it is too long for the card.
    row.style.paddingLeft = `calc(8px + ${hang}ch)`;
    row.style.textIndent = `-${hang}ch`;
    return row;
  });
  const pre = make("pre", "", ...rows);
  pre.tabIndex = 0;
  return make("div", "code", pre);
}
