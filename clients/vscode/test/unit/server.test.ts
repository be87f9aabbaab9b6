import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates } from "../../src/server/candidates";
import { explicit, withoutKeys } from "../../src/server/settings";

const around = { configured: [], managed: "/store/server", pathVariable: "/a:/b:relative", home: "/home/me", platform: "linux" as const };

test("its own environment is looked at first, then the PATH, then where users install", () => {
  assert.deepEqual(
    candidates(around).map(({ program }) => program),
    [
      "/store/server/bin/monkey-coder",
      "/a/monkey-coder",
      "/b/monkey-coder",
      "/home/me/.local/bin/monkey-coder",
      "/opt/homebrew/bin/monkey-coder",
      "/usr/local/bin/monkey-coder",
    ],
  );
});

test("a configured program is the only one", () => {
  assert.deepEqual(candidates({ ...around, configured: ["~/x/monkey-coder", "--verbose"] }), [
    { program: "/home/me/x/monkey-coder", args: ["--verbose"], origin: "settings" },
  ]);
});

test("only what somebody set is sent, the nearest value of it, and nothing of the extension's own", () => {
  const values: Record<string, object> = {
    model: { globalValue: "a", workspaceValue: "b" },
    "limits.editS": { globalValue: 5 },
    offline: {},
    "server.command": { globalValue: ["x"] },
  };
  assert.deepEqual(
    explicit(Object.keys(values), (name) => values[name]),
    { model: "b", limits: { editS: 5 } },
  );
});

test("keys in the settings are taken out and named", () => {
  const given = { providers: { openai: { apiKey: "sk-1", model: "m" }, groq: { api_key: "x" }, own: { baseUrl: "u" } } };
  assert.deepEqual(withoutKeys(given), {
    settings: { providers: { openai: { model: "m" }, groq: {}, own: { baseUrl: "u" } } },
    had: ["openai", "groq"],
  });
});
