// Other ways to write a function, with no model: side by side with the present one, compared, one taken, one undo.
import assert from "node:assert/strict";
import { drive, sleep } from "./drive.mjs";

await drive(async (vscode) => {
  await vscode.open("large.py");
  await vscode.ready();
  const before = vscode.disk("large.py");
  await vscode.select(4, 4);
  await vscode.lightBulb("Monkey Coder: Suggest alternatives");
  const page = await vscode.webview(".cards .card");
  const cards = page.locator(".card");
  assert.ok((await cards.count()) >= 2, "the present text and another");
  assert.match(await cards.first().innerText(), /Now[\s\S]*def large[\s\S]*for order in orders/);
  const other = cards.nth(1);
  assert.match(await other.innerText(), /by structure[\s\S]*Take This One/);
  assert.ok((await other.locator(".line.new").count()) > 0 && (await cards.first().locator(".line").count()) > 0);
  await sleep(400);
  await vscode.shot("side-by-side");
  await other.locator("button", { hasText: "Compare" }).click();
  await vscode.page.locator(".monaco-diff-editor .view-line").first().waitFor();
  await sleep(600);
  await vscode.shot("compared");
  await vscode.page.locator(".tab", { hasText: "Monkey Coder: Alternatives" }).click();
  await other.locator("button.primary").click();
  await vscode.until(async () => (await vscode.page.locator(".tab", { hasText: "Alternatives" }).count()) === 0, "the page closed");
  await vscode.until(async () => (await vscode.page.locator(".tab", { hasText: "Alternative:" }).count()) === 0, "the diff closed");
  await vscode.open("large.py");
  await vscode.saved("large.py", (now) => now !== before && now.includes("def large(orders, limit):"));
  await sleep(300);
  await vscode.shot("taken");
  await vscode.focus();
  await vscode.press("Control+Z");
  await vscode.saved("large.py", before);

  // Left as it is, by one key.
  await vscode.select(4, 4);
  await vscode.command("Monkey Coder: Suggest Alternatives");
  await vscode.webview(".cards .card");
  await vscode.press("Escape");
  await vscode.until(async () => (await vscode.page.locator(".tab", { hasText: "Alternatives" }).count()) === 0, "the page closed");
  assert.equal(vscode.disk("large.py"), before);
});
