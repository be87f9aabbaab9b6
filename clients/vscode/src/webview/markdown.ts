/**
 * Markdown as a tree, for text that is still arriving: what is not closed yet counts as closed at the
 * end. HTML is text like any other, and images become links, so nothing of a model's runs or loads.
 */

export type Inline =
  | { kind: "text" | "code"; text: string }
  | { kind: "strong" | "em" | "strike"; children: Inline[] }
  | { kind: "link"; href: string; children: Inline[] }
  | { kind: "break" };

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "heading"; level: number; children: Inline[] }
  | { kind: "code"; language: string; text: string; closed: boolean }
  | { kind: "quote"; children: Block[] }
  | { kind: "list"; ordered: boolean; start: number; items: Block[][] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

const FENCE = /^( {0,3})(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)(.*)$/;
const QUOTE = /^ {0,3}>\s?(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;
const DEEPEST = 20;
const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'", nbsp: "\u00a0" };

/** The blocks of a text. */
export function parse(text: string): Block[] {
  return blocks(text.split(/\r\n|\r|\n/), 0);
}

function blocks(lines: string[], depth: number): Block[] {
  const found: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (line.trim() === "") {
      at++;
      continue;
    }
    const read = depth < DEEPEST ? (fence(lines, at) ?? single(line) ?? quote(lines, at, depth) ?? list(lines, at, depth) ?? table(lines, at)) : undefined;
    const [block, used] = read ?? paragraph(lines, at);
    found.push(block);
    at += used;
  }
  return found;
}

type Read = [Block, number] | undefined;

function fence(lines: string[], at: number): Read {
  const open = FENCE.exec(lines[at] ?? "");
  if (open === null) {
    return undefined;
  }
  const [, indent = "", mark = "", language = ""] = open;
  const close = new RegExp(`^ {0,3}\\${mark[0] ?? "`"}{${mark.length},}\\s*$`);
  const body: string[] = [];
  let next = at + 1;
  let closed = false;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? "";
    if (close.test(line)) {
      closed = true;
      next++;
      break;
    }
    body.push(line.startsWith(indent) ? line.slice(indent.length) : line);
  }
  return [{ kind: "code", language, text: body.join("\n"), closed }, next - at];
}

function single(line: string): Read {
  const heading = HEADING.exec(line);
  if (heading !== null) {
    return [{ kind: "heading", level: (heading[1] ?? "#").length, children: inline(heading[2] ?? "") }, 1];
  }
  return RULE.test(line) ? [{ kind: "rule" }, 1] : undefined;
}

function quote(lines: string[], at: number, depth: number): Read {
  const body: string[] = [];
  for (let next = at; next < lines.length; next++) {
    const match = QUOTE.exec(lines[next] ?? "");
    if (match === null) {
      break;
    }
    body.push(match[1] ?? "");
  }
  return body.length === 0 ? undefined : [{ kind: "quote", children: blocks(body, depth + 1) }, body.length];
}

function list(lines: string[], at: number, depth: number): Read {
  const first = ITEM.exec(lines[at] ?? "");
  if (first === null) {
    return undefined;
  }
  const indent = (first[1] ?? "").length;
  const inner = indent + (first[2] ?? "").length + Math.min(4, Math.max(1, (first[3] ?? " ").length));
  const ordered = /\d/.test(first[2] ?? "");
  const items: string[][] = [];
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? "";
    const item = ITEM.exec(line);
    if (item !== null && (item[1] ?? "").length <= indent + 1) {
      if ((item[1] ?? "").length < indent || /\d/.test(item[2] ?? "") !== ordered) {
        break;
      }
      items.push([item[4] ?? ""]);
    } else if (line.trim() === "" || /^\s/.test(line)) {
      items[items.length - 1]?.push(dedent(line, inner));
    } else if ((lines[next - 1] ?? "").trim() === "") {
      break;
    } else {
      items[items.length - 1]?.push(line);
    }
  }
  const start = Number.parseInt(first[2] ?? "1", 10);
  return [
    { kind: "list", ordered, start: Number.isNaN(start) ? 1 : start, items: items.map((item) => blocks(item, depth + 1)) },
    next - at,
  ];
}

function dedent(line: string, indent: number): string {
  const own = line.length - line.trimStart().length;
  return line.slice(Math.min(own, indent));
}

function table(lines: string[], at: number): Read {
  const head = lines[at] ?? "";
  if (!head.includes("|") || !TABLE_RULE.test(lines[at + 1] ?? "") || !(lines[at + 1] ?? "").includes("-")) {
    return undefined;
  }
  const rows: Inline[][][] = [];
  let next = at + 2;
  for (; next < lines.length && (lines[next] ?? "").includes("|"); next++) {
    rows.push(cells(lines[next] ?? ""));
  }
  return [{ kind: "table", head: cells(head), rows }, next - at];
}

function cells(line: string): Inline[][] {
  return line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => inline(cell.trim().replaceAll("\\|", "|")));
}

function paragraph(lines: string[], at: number): [Block, number] {
  let next = at + 1;
  while (next < lines.length) {
    const line = lines[next] ?? "";
    if (line.trim() === "" || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line)) {
      break;
    }
    next++;
  }
  const text = lines.slice(at, next).join("\n");
  return [{ kind: "paragraph", children: inline(text) }, next - at];
}

const INLINE = new RegExp(
  [
    "(?<escape>\\\\[!-/:-@[-`{-~])",
    "(?<ticks>`+)(?<code>[\\s\\S]*?[^`])\\k<ticks>(?!`)",
    "!?\\[(?<label>[^\\]\\n]{0,500})\\]\\((?<href>[^()\\s]{1,2000}(?:\\([^()\\s]{0,200}\\))?[^()\\s]{0,200})(?:\\s+\"[^\"]{0,500}\")?\\)",
    "(?<url>https?://[^\\s<>`\"')\\]]{0,2000}[^\\s<>`\"')\\].,;:!?])",
    "\\*\\*(?<strong>[^\\s*](?:[^*]|\\*(?!\\*)){0,2000}?)\\*\\*",
    "~~(?<strike>[^~\\n]{1,1000})~~",
    "\\*(?<em>[^\\s*][^*\\n]{0,1000})\\*",
    "(?<![\\w_])_(?<em2>[^\\s_][^_\\n]{0,1000})_(?![\\w_])",
    "&(?<entity>lt|gt|amp|quot|#39|nbsp);",
    "(?<br> {2,}\\n|\\\\\\n)",
  ].join("|"),
  "g",
);

/** The parts of a line of text. */
export function inline(text: string, depth = 0): Inline[] {
  const found: Inline[] = [];
  let at = 0;
  const plain = (to: number): void => {
    if (to > at) {
      found.push({ kind: "text", text: text.slice(at, to) });
    }
  };
  for (const match of depth > DEEPEST ? [] : text.matchAll(INLINE)) {
    plain(match.index);
    at = match.index + match[0].length;
    found.push(part(match.groups ?? {}, match[0], depth + 1));
  }
  plain(text.length);
  return found;
}

function part(groups: Record<string, string | undefined>, whole: string, depth: number): Inline {
  if (groups["code"] !== undefined) {
    return { kind: "code", text: groups["code"].replace(/^ (.*[^ ].*) $/, "$1") };
  }
  if (groups["href"] !== undefined) {
    const label = groups["label"] ?? "";
    return isSafe(groups["href"])
      ? { kind: "link", href: groups["href"], children: [{ kind: "text", text: label === "" ? groups["href"] : label }] }
      : { kind: "text", text: label === "" ? whole : label };
  }
  if (groups["url"] !== undefined) {
    return { kind: "link", href: groups["url"], children: [{ kind: "text", text: groups["url"] }] };
  }
  if (groups["strong"] !== undefined) {
    return { kind: "strong", children: inline(groups["strong"], depth) };
  }
  if (groups["strike"] !== undefined) {
    return { kind: "strike", children: inline(groups["strike"], depth) };
  }
  const em = groups["em"] ?? groups["em2"];
  if (em !== undefined) {
    return { kind: "em", children: inline(em, depth) };
  }
  if (groups["entity"] !== undefined) {
    return { kind: "text", text: ENTITIES[groups["entity"]] ?? whole };
  }
  return groups["br"] === undefined ? { kind: "text", text: whole.slice(1) } : { kind: "break" };
}

/** Whether a link may be followed: to the web, and nowhere else (no command:, file: or data:). */
export function isSafe(href: string): boolean {
  return /^https?:\/\//i.test(href);
}
