import assert from "node:assert/strict";
import { test } from "node:test";
import { inline, isSafe, parse } from "../../src/webview/markdown";

const text = (value: string) => ({ kind: "text", text: value });

test("a fence that is still open is code already, without buttons", () => {
  assert.deepEqual(parse("```py\nx = 1"), [{ kind: "code", language: "py", text: "x = 1", closed: false }]);
  assert.deepEqual(parse("```py\nx = 1\n```"), [{ kind: "code", language: "py", text: "x = 1", closed: true }]);
});

test("a longer fence holds a shorter one", () => {
  const [block] = parse("````md\n```\nx\n```\n````");
  assert.deepEqual(block, { kind: "code", language: "md", text: "```\nx\n```", closed: true });
});

test("HTML is text", () => {
  const html = '<img src=x onerror="alert(1)">';
  assert.deepEqual(parse(html), [{ kind: "paragraph", children: [text(html)] }]);
});

test("entities are the characters they stand for, as text", () => {
  assert.deepEqual(inline("&lt;b> `&lt;`"), [text("<"), text("b> "), { kind: "code", text: "&lt;" }]);
});

test("links go to the web alone, images are links", () => {
  assert.equal(isSafe("command:workbench.action.quit"), false);
  assert.equal(isSafe("javascript:alert(1)"), false);
  assert.equal(isSafe("file:///etc/passwd"), false);
  assert.deepEqual(inline("[x](javascript:alert)"), [text("x")]);
  assert.deepEqual(inline("![pixel](https://a.example/p.png)"), [
    { kind: "link", href: "https://a.example/p.png", children: [text("pixel")] },
  ]);
  assert.deepEqual(inline("see https://a.example/b."), [
    text("see "),
    { kind: "link", href: "https://a.example/b", children: [text("https://a.example/b")] },
    text("."),
  ]);
});

test("emphasis, code and escapes", () => {
  assert.deepEqual(inline("**a** _b_ `c*d*` \\*e"), [
    { kind: "strong", children: [text("a")] },
    text(" "),
    { kind: "em", children: [text("b")] },
    text(" "),
    { kind: "code", text: "c*d*" },
    text(" "),
    text("*"),
    text("e"),
  ]);
  assert.deepEqual(inline("snake_case_name"), [text("snake_case_name")]);
});

test("lists with code and lists in them", () => {
  const [list] = parse("1. one\n   ```\n   x\n   ```\n2. two\n   - inner\n");
  assert.ok(list?.kind === "list" && list.ordered);
  assert.equal(list.items.length, 2);
  assert.deepEqual(list.items[0]?.[1], { kind: "code", language: "", text: "x", closed: true });
  assert.equal(list.items[1]?.[1]?.kind, "list");
});

test("tables", () => {
  const [table] = parse("| a | b |\n| --- | --- |\n| 1 | `x|y` |\n");
  assert.ok(table?.kind === "table");
  assert.deepEqual(table.head, [[text("a")], [text("b")]]);
  assert.equal(table.rows.length, 1);
});

test("any text is read in time that grows with its length, and none throws", () => {
  const started = performance.now();
  for (const bad of ["*".repeat(5000), "[".repeat(5000), "`".repeat(5001), "> ".repeat(3000), "_a".repeat(5000), "- ".repeat(2000)]) {
    assert.ok(parse(bad).length >= 0);
  }
  assert.ok(performance.now() - started < 2000);
});
