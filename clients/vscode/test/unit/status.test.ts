import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "@monkey-coder/sdk";
import { statusText, statusTooltip } from "../../src/status_text";

const status: Status = {
  model: "openai/gpt-6-luna",
  completes: "openai/gpt-6-luna",
  offline: false,
  state: "ready",
  detail: "",
  today: { usd: 0.21, requests: 3, inputTokens: 10, outputTokens: 5, limitUsd: 2 },
  index: { state: "idle", detail: "" },
  trusted: true,
  version: "0.1.0",
};
const seen = { life: "running" as const, status, paused: false, streaming: false };

test("the model and today's cost", () => {
  assert.deepEqual(statusText(seen), { text: "$(sparkle) gpt-6-luna · $0.21", isWarning: false });
});

test("offline costs nothing, and an unknown price is not nothing", () => {
  const offline = { ...status, offline: true, today: { ...status.today, usd: 0 } };
  assert.equal(statusText({ ...seen, status: offline }).text, "$(sparkle) offline");
  const unknown = { ...status, today: { ...status.today, usd: null } };
  assert.equal(statusText({ ...seen, status: unknown }).text, "$(sparkle) gpt-6-luna");
  assert.match(statusTooltip({ ...seen, status: unknown }), /cost not known/);
});

test("what is wrong stands out", () => {
  assert.equal(statusText({ ...seen, life: "missing", status: undefined }).isWarning, true);
  assert.equal(statusText({ ...seen, life: "stopped", status: undefined }).isWarning, true);
  assert.equal(statusText({ ...seen, status: { ...status, state: "limited" } }).isWarning, true);
});

test("work and a pause show", () => {
  assert.match(statusText({ ...seen, streaming: true }).text, /^\$\(loading~spin\)/);
  assert.match(statusText({ ...seen, paused: true }).text, /^\$\(debug-pause\)/);
});

test("the tooltip says the budget, and that a workspace is not trusted", () => {
  assert.match(statusTooltip(seen), /\$0\.21 of \$2\.00, 3 requests/);
  assert.match(statusTooltip({ ...seen, status: { ...status, trusted: false } }), /not trusted/);
});
