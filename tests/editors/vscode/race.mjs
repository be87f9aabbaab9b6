// Two models at one edit: who fails and who goes on is above it; then why the answer was kept.
import assert from "node:assert/strict";
import { drive } from "./drive.mjs";

await drive(async (vscode) => {
  await vscode.open("prices.py");
  await vscode.ready();
  await vscode.hold(8);
  await vscode.instruct(1, 8, "refuse what is no percentage");
  const above = (text) => vscode.page.locator(".codelens-decoration", { hasText: text }).first();
  await above(/broken: failed/).waitFor();
  await above(/paced/).waitFor();
  await vscode.status(/1 of 2 models done, 1 failed/).waitFor();
  await vscode.shot("racing");
  await vscode.go();
  await vscode.lens("Accept All").waitFor();
  const why = vscode.lens("Why this one");
  await why.waitFor();
  await vscode.page.mouse.move(700, 700);
  await vscode.shot("why");
  await why.click();
  const page = await vscode.webview("article.answer > *");
  await vscode.until(async () => (await page.locator("article").innerText()).includes("broken"), "who took part");
  const said = await page.locator("article").innerText();
  assert.match(said, /ollama\/broken\s+failed/);
  assert.match(said, /custom\/paced\s+won/);
  await vscode.shot("the-whole-story");
  await vscode.focus();
  await vscode.press("Control+Alt+Enter");
  await vscode.until(async () => (await vscode.text()).includes("digits=2"), "the edit");
});
