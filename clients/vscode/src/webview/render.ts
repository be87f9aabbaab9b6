/** Markdown as elements. Text goes in as text: no HTML is ever parsed. */

import { parse, type Block, type Inline } from "./markdown";

/** What a code block's buttons do; a block without buttons where it is undefined. */
export type OnCode = (action: "insert" | "apply" | "copy", text: string, language: string) => void;

/** Show a text in an element, keeping the elements of blocks that did not change. */
export function render(into: HTMLElement, markdown: string, onCode: OnCode): void {
  const found = parse(markdown);
  found.forEach((block, index) => {
    const key = JSON.stringify(block);
    const old = into.children[index];
    if (old instanceof HTMLElement && old.dataset["key"] === key) {
      return;
    }
    const fresh = element(block, onCode);
    fresh.dataset["key"] = key;
    if (old === undefined) {
      into.append(fresh);
    } else {
      old.replaceWith(fresh);
    }
  });
  while (into.children.length > found.length) {
    into.lastElementChild?.remove();
  }
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== "") {
    made.className = className;
  }
  made.append(...children);
  return made;
}

/** A button with a codicon-like glyph in words: labels are read by screen readers as they stand. */
export function button(label: string, title: string, onClick: () => void, className = ""): HTMLButtonElement {
  const made = make("button", className, label);
  made.type = "button";
  made.title = title;
  made.addEventListener("click", onClick);
  return made;
}

function element(block: Block, onCode: OnCode): HTMLElement {
  switch (block.kind) {
    case "paragraph":
      return make("p", "", ...inlines(block.children));
    case "heading":
      return make(`h${Math.min(6, block.level + 1)}` as "h2", "", ...inlines(block.children));
    case "code":
      return codeBlock(block, onCode);
    case "quote":
      return make("blockquote", "", ...block.children.map((child) => element(child, onCode)));
    case "rule":
      return make("hr");
    case "list": {
      const list = block.ordered ? make("ol") : make("ul");
      if (list instanceof HTMLOListElement) {
        list.start = block.start;
      }
      list.append(...block.items.map((item) => make("li", "", ...item.map((child) => element(child, onCode)))));
      return list;
    }
    case "table":
      return table(block);
  }
}

function codeBlock({ language, text, closed }: Extract<Block, { kind: "code" }>, onCode: OnCode): HTMLElement {
  const bar = make("div", "bar", make("span", "language", language === "" ? "text" : language));
  if (closed) {
    bar.append(
      button("Insert", "Insert this code at the cursor", () => onCode("insert", text, language)),
      button("Apply", "Have this change made in the active file, shown as a diff first", () => onCode("apply", text, language)),
      button("Copy", "Copy this code", () => onCode("copy", text, language)),
    );
  }
  const code = make("code", "", text);
  const pre = make("pre", "", code);
  pre.tabIndex = 0;
  return make("div", "code", bar, pre);
}

function table({ head, rows }: Extract<Block, { kind: "table" }>): HTMLElement {
  const top = make("tr", "", ...head.map((cell) => make("th", "", ...inlines(cell))));
  const body = rows.map((row) => make("tr", "", ...row.map((cell) => make("td", "", ...inlines(cell)))));
  return make("div", "table", make("table", "", make("thead", "", top), make("tbody", "", ...body)));
}

function inlines(parts: readonly Inline[]): (Node | string)[] {
  return parts.map((part) => {
    switch (part.kind) {
      case "text":
        return part.text;
      case "code":
        return make("code", "", part.text);
      case "strong":
        return make("strong", "", ...inlines(part.children));
      case "em":
        return make("em", "", ...inlines(part.children));
      case "strike":
        return make("s", "", ...inlines(part.children));
      case "link": {
        const link = make("a", "", ...inlines(part.children));
        link.href = part.href;
        link.title = part.href;
        return link;
      }
      case "break":
        return make("br");
    }
  });
}
