// An edit of several files: side by side in one editor, accepted as one change.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { drive, sleep } from "./drive.mjs";

await drive(async (vscode) => {
  await vscode.open("prices.py");
  await vscode.ready();
  const before = vscode.disk("prices.py");
  const created = path.join(vscode.given.folder, "notes", "renamed.md");
  await vscode.instruct(1, 8, "rename rounded to rounded_price everywhere");
  await vscode.page.locator(".tab.active", { hasText: "(proposed)" }).waitFor();
  for (const text of ["def rounded_price(price):", "rounded_price(order.price)", "is `rounded_price` now"]) {
    await vscode.page.locator(".multiDiffEntry .view-line", { hasText: text }).first().waitFor();
  }
  await sleep(500);
  await vscode.shot("several-files");
  assert.equal(vscode.disk("prices.py"), before);
  assert.ok(!fs.existsSync(created));
  await vscode.press("Control+Alt+Enter");
  await vscode.until(() => fs.existsSync(created), "the new file");
  await vscode.until(async () => (await vscode.page.locator(".tab", { hasText: "(proposed)" }).count()) === 0, "the diff closed");
  await vscode.open("report.py");
  await vscode.until(async () => (await vscode.text()).includes("rounded_price(order.price)"), "the other file");
  await vscode.command("File: Save All Files");
  await vscode.until(() => vscode.disk("prices.py").includes("def rounded_price") && vscode.disk("report.py").includes("rounded_price("), "both on disk");
  assert.match(fs.readFileSync(created, "utf8"), /rounded_price/);
});
