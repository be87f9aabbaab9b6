// A strategy chosen for one request; the phases of it above the edit while they run, and afterwards.
import assert from "node:assert/strict";
import { drive } from "./drive.mjs";

await drive(async (vscode) => {
  await vscode.open("prices.py");
  await vscode.ready();
  await vscode.hold(8);
  await vscode.select(1, 8);
  await vscode.command("Monkey Coder: Change by an Instruction, with a Strategy");
  const row = (text) => vscode.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first();
  await row("Sequential").waitFor();
  await vscode.shot("strategies");
  await row("Sequential").click();
  await vscode.answerBox(vscode.given.instruction);
  await vscode.page.locator(".codelens-decoration", { hasText: /plan › .*implement › test/ }).first().waitFor();
  await vscode.status(/implement, \d of \d/).waitFor();
  await vscode.painting(2);
  await vscode.shot("phases");
  await vscode.go();
  await vscode.lens("Accept All").waitFor();
  await vscode.lens("Why this one").click();
  const page = await vscode.webview("article.answer > *");
  await vscode.until(async () => (await page.locator("article").innerText()).includes("review"), "the phases");
  const said = await page.locator("article").innerText();
  assert.match(said, /strategy sequential/);
  assert.match(said, /plan\s+custom\/paced\s+done/);
  await vscode.shot("what-came-of-each");
});
