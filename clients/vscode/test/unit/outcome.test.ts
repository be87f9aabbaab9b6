import assert from "node:assert/strict";
import { test } from "node:test";
import { afterChange } from "../../src/ghost/outcome";

const shown = { offset: 10, rest: "total += 1", typed: false };

test("a suggestion that is in the text whole was accepted", () => {
  assert.equal(afterChange(shown, 10, 0, "total += 1"), "accepted");
});

test("what is typed or accepted of it word by word leaves the rest", () => {
  assert.deepEqual(afterChange(shown, 10, 0, "total"), { offset: 15, rest: " += 1", typed: true });
  assert.equal(afterChange({ offset: 15, rest: " += 1", typed: true }, 15, 0, " += 1"), "accepted");
});

test("anything else dismisses it, in part where a part was taken", () => {
  assert.equal(afterChange(shown, 10, 0, "x"), "dismissed");
  assert.equal(afterChange(shown, 3, 0, "total"), "dismissed");
  assert.equal(afterChange(shown, 9, 1, ""), "dismissed");
  assert.equal(afterChange({ offset: 15, rest: " += 1", typed: true }, 15, 0, "x"), "partial");
});
