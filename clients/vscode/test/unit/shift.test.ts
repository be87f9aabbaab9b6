import assert from "node:assert/strict";
import { test } from "node:test";
import type { Range } from "@monkey-coder/sdk";
import { shift, shiftAll } from "../../src/edit/shift";

function range(a: number, b: number, c: number, d: number): Range {
  return { start: { line: a, character: b }, end: { line: c, character: d } };
}

test("what is typed after a hunk moves nothing", () => {
  assert.deepEqual(shift(range(1, 0, 2, 0), { range: range(2, 0, 2, 0), text: "x\n" }), range(1, 0, 2, 0));
});

test("a line typed above moves a hunk down, a line deleted above moves it up", () => {
  assert.deepEqual(shift(range(5, 0, 6, 0), { range: range(1, 3, 1, 3), text: "\n" }), range(6, 0, 7, 0));
  assert.deepEqual(shift(range(5, 0, 6, 0), { range: range(1, 0, 3, 0), text: "" }), range(3, 0, 4, 0));
});

test("what is typed before a hunk in its line moves its columns", () => {
  assert.deepEqual(shift(range(1, 4, 1, 8), { range: range(1, 0, 1, 2), text: "abc" }), range(1, 5, 1, 9));
  assert.deepEqual(shift(range(1, 4, 2, 0), { range: range(1, 1, 1, 1), text: "a\r\nbc" }), range(2, 5, 3, 0));
});

test("what is typed inside a hunk ends it", () => {
  assert.equal(shift(range(1, 0, 3, 0), { range: range(2, 1, 2, 1), text: "x" }), null);
  const hunk = { id: 0, range: range(1, 0, 3, 0), newText: "" };
  assert.equal(shiftAll([hunk], [{ range: range(0, 0, 2, 0), text: "" }]), null);
});

test("where a hunk only inserts lines, what is typed there belongs to the line that stands there", () => {
  assert.deepEqual(shift(range(1, 0, 1, 0), { range: range(1, 0, 1, 0), text: "x" }), range(1, 0, 1, 0));
});
