import assert from "node:assert/strict";
import { test } from "node:test";
import { hasStory, inOneLine, inShort, pieces, story, type Work } from "../../src/edit/work";

const racing: Work = {
  candidates: [
    { model: "a/one", state: "failed", detail: "does not parse as python (line 3)", usd: 0.0021 },
    { model: "b/two", state: "running", detail: "", usd: null },
    { model: "c/three", state: "waiting", detail: "", usd: null },
  ],
};
const phased: Work = { phase: { name: "implement", of: ["plan", "implement", "test"], model: "a/one", detail: "" } };

test("nothing is shown of an edit by one model in one call", () => {
  assert.deepEqual([pieces({}), inShort({}), inOneLine({}), hasStory({ candidates: [] })], [[], "", "", false]);
  const plain: Work = { phase: { name: "implement", of: ["implement"], model: "a/one", detail: "" } };
  assert.deepEqual([pieces(plain), inShort(plain)], [[], ""]);
});

test("each model that races is shown with how it stands", () => {
  assert.deepEqual(pieces(racing), [
    "$(error) one: failed, does not parse as python (line 3), $0.0021",
    "$(loading~spin) two",
    "$(circle-outline) three: waiting",
  ]);
  assert.equal(inShort(racing), "1 of 3 models done, 1 failed");
});

test("phases say what is done, what goes on and what follows, and what it was expected to cost", () => {
  assert.deepEqual(pieces({ ...phased, forecast: "≈ $0.012" }), ["$(pass) plan › $(loading~spin) implement › test · one", "$(graph) ≈ $0.012"]);
  assert.equal(inShort(phased), "implement, 2 of 3");
});

test("why one was kept is one line, and all of it a page", () => {
  const done: Work = { ...racing, why: "2 of 3 agree | and it passes\nall", model: "b/two", phases: [{ name: "plan", model: "a/one", outcome: "done", detail: "x|y", usd: 0 }] };
  assert.equal(inOneLine({ why: "z".repeat(200) }).length, 90);
  assert.ok(hasStory(done));
  const page = story(done);
  assert.match(page, /2 of 3 agree/);
  assert.match(page, /\| plan \| a\/one \| done \| x\\\|y \| \$0 \|/);
  assert.match(page, /\| a\/one \| failed \| does not parse as python \(line 3\) \| \$0\.0021 \|/);
});
