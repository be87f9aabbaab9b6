import assert from "node:assert/strict";
import { test } from "node:test";
import { inLines, layOut, type Lines } from "../../src/edit/layout";

const TEXT = ["def average(values):", "    total = sum(values)", "    return total / len(values)", "", "print(1)"];

function lines(texts: string[] = TEXT): Lines {
  return { count: texts.length, at: (line) => texts[line] ?? "" };
}

function hunk(from: [number, number], to: [number, number], newText: string, id = 0) {
  const [line, character] = from;
  return { id, range: { start: { line, character }, end: { line: to[0], character: to[1] } }, newText };
}

test("whole lines give way to whole lines", () => {
  assert.deepEqual(inLines(hunk([1, 0], [2, 0], "    a\n    b\n"), lines()), {
    first: 1,
    removed: 1,
    added: ["    a", "    b"],
  });
});

test("an insertion removes nothing, a deletion adds nothing", () => {
  assert.deepEqual(inLines(hunk([1, 0], [1, 0], "x\n"), lines()), { first: 1, removed: 0, added: ["x"] });
  assert.deepEqual(inLines(hunk([1, 0], [3, 0], ""), lines()), { first: 1, removed: 2, added: [] });
});

test("a change inside a line is shown as the whole line", () => {
  assert.deepEqual(inLines(hunk([4, 6], [4, 7], "2"), lines()), { first: 4, removed: 1, added: ["print(2)"] });
});

test("text after the last line removes nothing", () => {
  assert.deepEqual(inLines(hunk([4, 8], [4, 8], "\nprint(2)"), lines()), {
    first: 5,
    removed: 0,
    added: ["print(2)"],
  });
});

test("lines that stay are left out, and line ends of any kind are one", () => {
  const same = inLines(hunk([1, 0], [3, 0], "    total = sum(values)\r\n    return 0\r\n"), lines());
  assert.deepEqual(same, { first: 2, removed: 1, added: ["    return 0"] });
});

test("rows stand beside the lines they replace, clear of every line they pass", () => {
  const [block] = layOut([hunk([1, 0], [2, 0], "    if not values:\n        return 0\n")], lines(), 100, 4);
  assert.ok(block);
  assert.equal(block.covers, false);
  assert.deepEqual(
    block.rows.map((row) => [row.line, row.below, row.column, row.text]),
    [
      [1, 0, 33, "if not values:"],
      [2, 0, 33, "    return 0  "],
    ],
  );
  assert.deepEqual([block.rows[0]?.isFirst, block.rows[1]?.isLast], [true, true]);
});

test("without room beside them, rows go below the removed lines, over what follows", () => {
  const [block] = layOut([hunk([1, 0], [2, 0], "    a_name_that_is_long()\n")], lines(), 40, 4);
  assert.ok(block);
  assert.equal(block.covers, true);
  assert.deepEqual(
    block.rows.map((row) => [row.line, row.column]),
    [[2, 0]],
  );
});

test("rows past the end of the text hang below its last line", () => {
  const [block] = layOut([hunk([4, 8], [4, 8], "\na\nb")], lines(), 100, 4);
  assert.ok(block);
  assert.deepEqual(
    block.rows.map((row) => [row.line, row.below]),
    [
      [4, 1],
      [4, 2],
    ],
  );
});

test("blocks of hunks next to each other do not overlap", () => {
  const blocks = layOut(
    [hunk([1, 0], [2, 0], "a\nb\nc\n", 0), hunk([2, 0], [3, 0], "d\n", 1)],
    lines(),
    100,
    4,
  );
  const taken = blocks.flatMap((block) => block.rows.map((row) => row.line + row.below));
  assert.deepEqual(taken, [...new Set(taken)]);
});

test("tabs are as wide as the editor shows them", () => {
  const [block] = layOut([hunk([0, 0], [1, 0], "\t\tx\n")], lines(["\ta", ""]), 100, 8);
  assert.ok(block);
  assert.deepEqual(block.rows[0]?.text, "        x");
  assert.equal(block.rows[0].column, 12);
});
