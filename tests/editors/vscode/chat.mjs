// The chat in the side bar: streams, renders safely, its code can be used; conversations are listed and deleted.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { drive, sleep } from "./drive.mjs";

const KEY = "sk-test-0123456789-not-to-be-seen";

function holding(text, folder) {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => fs.readFileSync(file).includes(text));
}

await drive(async (vscode) => {
  await vscode.open("prices.py");
  await vscode.ready();

  // A key goes into the secret storage and to the server; it is in no log, even where everything is logged.
  await vscode.command("Monkey Coder: Set an API Key");
  await vscode.page.locator(".quick-input-list .monaco-list-row", { hasText: "openai" }).first().click();
  await vscode.page.locator(".quick-input-widget input[type=password]").waitFor();
  await vscode.type(KEY);
  await vscode.shot("key");
  await vscode.press("Enter");
  await vscode.toast("the key of openai is set").waitFor();
  await vscode.command("Monkey Coder: Choose the Model");
  await vscode.page.locator(".quick-input-list .monaco-list-row", { hasText: "need a key" }).first().waitFor();
  await vscode.page.locator(".quick-input-widget input").fill("gpt-6-astra");
  await vscode.page.locator(".quick-input-list .monaco-list-row", { hasText: "openai/gpt-6-astra" }).first().click();
  await vscode.status(/gpt-6-astra/).waitFor();
  await vscode.press("Escape");
  await vscode.select(1, 4);
  await vscode.press("Control+Alt+M");
  const chat = await vscode.webview(".writer textarea");
  const box = chat.locator(".writer textarea");
  await box.click();
  assert.match(await chat.locator(".file").innerText(), /prices\.py, lines 1–4/);
  await vscode.hold(5);
  await box.fill("Should discounted refuse negative percentages?");
  await box.press("Enter");
  await chat.locator(".live pre").waitFor();
  await sleep(300);
  await vscode.shot("chat-streaming");
  await vscode.go();
  await chat.locator(".turns .turn.assistant .status").waitFor();
  await sleep(300);
  await vscode.shot("chat-answered");

  // What the model wrote is text: no image is asked for, no script runs.
  const answer = chat.locator(".turns .turn.assistant .text");
  assert.equal(await answer.locator("img, script, iframe").count(), 0);
  assert.match(await answer.innerText(), /<img src=/);
  assert.notEqual(await chat.evaluate(() => document.title), "owned");
  assert.equal(await answer.locator("table td").count(), 6);
  assert.ok(![...vscode.outside].includes("tracker.example"));

  // Its code: inserted at the cursor; applied, as changes to review.
  await vscode.open("report.py");
  await vscode.press("Control+End");
  await chat.locator(".code .bar button", { hasText: "Insert" }).first().click();
  await vscode.until(async () => (await vscode.text()).includes("is no percentage"), "the inserted code");
  await vscode.focus();
  await vscode.press("Control+Z");
  await vscode.saved("report.py", (now) => !now.includes("is no percentage"));
  await vscode.open("prices.py");
  await chat.locator(".code .bar button", { hasText: "Apply" }).first().click();
  await vscode.until(async () => (await vscode.modelLog()).filter(({ system }) => /change source code/.test(system ?? "")).length > 0, "the edit asked for");

  // Cancelled, and what was written stays.
  await vscode.hold(4);
  await vscode.focus();
  await vscode.press("Escape");
  await box.fill("Once more");
  await box.press("Enter");
  await chat.locator(".live .text strong").waitFor();
  await chat.locator(".writer button.primary", { hasText: "Stop" }).click();
  await chat.locator(".turns .status", { hasText: "stopped" }).waitFor();
  await vscode.go();

  // Conversations: listed, searched, deleted.
  await chat.locator("button", { hasText: "History" }).click();
  await chat.locator(".conversation").first().waitFor();
  await chat.locator("input[type=search]").fill("negative percentages");
  await chat.locator(".conversation .snippet").first().waitFor();
  await sleep(300);
  await vscode.shot("conversations");
  await chat.locator(".conversation button", { hasText: "Delete" }).first().click();
  await vscode.page.locator(".monaco-dialog-box .monaco-button", { hasText: "Delete" }).click();
  await vscode.until(async () => /No conversations|Nothing found/.test(await chat.locator(".found").innerText()), "an empty list");

  // Usage, and today's cost in the status bar.
  await vscode.command("Monkey Coder: Usage and Cost");
  const usage = await vscode.webview("article.answer > *");
  await vscode.until(async () => (await usage.locator("article").innerText()).includes("gpt-6-astra"), "the usage");
  await vscode.status(/gpt-6-astra · \$0\.0[1-9]/).waitFor();
  await vscode.hover(vscode.status(/gpt-6-astra/), "Today");
  await sleep(500);
  await vscode.shot("usage");
  await vscode.command("Monkey Coder: Choose the Model");
  await vscode.page.locator(".quick-input-list .monaco-list-row", { hasText: "gpt-6-astra" }).first().waitFor();
  await vscode.shot("models");
  await vscode.press("Escape");

  // Offline and online again: a setting that the server follows.
  await vscode.command("Monkey Coder: Work Offline or Online");
  await vscode.status(/offline/).waitFor();
  await vscode.command("Monkey Coder: Work Offline or Online");
  await vscode.status(/gpt-6-astra/).waitFor();

  assert.equal((await vscode.modelLog()).filter(({ key }) => key === KEY).length > 0, true, "the model was asked with the key");
  const logs = path.join(vscode.given.home, "code", "logs");
  assert.ok(holding("monkeyCoder/setKeys", logs).length + holding("monkeyCoder/chat", logs).length > 0, "requests are logged by name");
  assert.deepEqual([...holding(KEY, path.join(vscode.given.home, "code")), ...holding(KEY, vscode.given.folder)], []);
  vscode.note("outside", [...vscode.outside]);
});
