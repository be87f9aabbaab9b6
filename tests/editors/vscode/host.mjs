// Runs suite.cjs inside the extension host, on the extension's own folder.
import assert from "node:assert/strict";
import { drive } from "./drive.mjs";

await drive(async (vscode) => {
  const { page, url, given } = vscode;
  const ended = new Promise((resolve) => {
    void page.exposeFunction("codeAutomationExit", (code) => resolve(code));
  });
  await page.exposeFunction("codeAutomationLog", (kind, words) => {
    const line = words.join(" ");
    if (/TEST|AssertionError/.test(line)) {
      console.error(`[${kind}] ${line.slice(0, 600)}`);
    }
  });
  const remote = (file) => `vscode-remote://${new URL(url).host}${file}`;
  const payload = [
    ["extensionDevelopmentPath", remote(given.extension)],
    ["extensionTestsPath", remote(given.suite)],
  ];
  await page.goto(`${url}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  const code = await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve("no answer in 300 s"), 300_000))]);
  assert.equal(code, 0, `the suite ended with ${code}`);
});
