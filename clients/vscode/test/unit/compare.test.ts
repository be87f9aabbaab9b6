import assert from "node:assert/strict";
import { test } from "node:test";
import { region, sides } from "../../src/alternatives/compare";

const NOW = "a = 1\n\n\ndef f(xs):\n    t = 0\n    for x in xs:\n        t += x\n    return t\n\n\nb = 2\n";
const THEN = NOW.replace("    t = 0\n    for x in xs:\n        t += x\n    return t\n", "    return sum(xs)\n");
const hunk = (from: number, to: number, newText: string) => ({ id: 0, range: { start: { line: from, character: 0 }, end: { line: to, character: 0 } }, newText });

test("the region goes from the function's head to the last line that any edit touches", () => {
  const edits = [{ uri: "", version: 1, hunks: [hunk(6, 8, "    return sum(xs)\n")] }, { uri: "", version: 1, hunks: [hunk(5, 6, "")] }];
  assert.deepEqual(region(NOW, edits), { first: 3, last: 8 });
  assert.deepEqual(region("x\n", [{ uri: "", version: 1, hunks: [hunk(0, 1, "y\n")] }]), { first: 0, last: 1 });
});

test("each side says which of its lines the other does not have", () => {
  const { now, then } = sides(NOW, THEN, { first: 3, last: 9 });
  assert.deepEqual(now.map(({ isNew }) => isNew), [false, true, true, true, true, false]);
  assert.deepEqual(then, [
    { text: "def f(xs):", isNew: false },
    { text: "    return sum(xs)", isNew: true },
    { text: "", isNew: false },
  ]);
});

test("a text beside itself has nothing new, whatever ends its lines", () => {
  const { now, then } = sides(NOW, NOW.replaceAll("\n", "\r\n"), { first: 0, last: 11 });
  assert.equal([...now, ...then].some(({ isNew }) => isNew), false);
  assert.equal(now.length, 11);
});
