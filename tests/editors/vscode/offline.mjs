// With no key and no network: ghost text, the light bulb, a preview that is accepted and undone.
import assert from "node:assert/strict";
import fs from "node:fs";
import { drive, sleep } from "./drive.mjs";

await drive(async (vscode) => {
  await vscode.open("begun.py");
  await vscode.ready();
  await vscode.shot("ready");

  // Ghost text: shown, accepted by word, then whole.
  await vscode.press("Control+End");
  let ghost = "";
  for (let attempt = 0; attempt < 10 && ghost === ""; attempt++) {
    await vscode.type("total", { delay: 30 });
    ghost = await vscode.until(() => vscode.ghost(), "ghost text", 8000).catch(() => "");
    if (ghost === "") {
      await vscode.press(..."total".split("").map(() => "Backspace"));
    }
  }
  assert.equal(ghost, vscode.given.rest);
  await vscode.shot("ghost-text");
  await vscode.press("Control+ArrowRight");
  await vscode.until(async () => vscode.given.rest.endsWith((await vscode.ghost()) || "nothing") && (await vscode.ghost()) !== ghost, "the rest of it");
  await vscode.shot("ghost-text-by-word");
  await vscode.press("Tab");
  await vscode.saved("begun.py", (now) => now.endsWith("            total" + vscode.given.rest));

  // The light bulb, and a preview of what it proposes.
  await vscode.open("prices.py");
  const before = vscode.disk("prices.py");
  await vscode.select(1, 4);
  await vscode.lightBulb("Monkey Coder: Document", "light-bulb");
  await vscode.lens("Accept").waitFor();
  await vscode.until(async () => (await vscode.painted()).added.some((line) => line.includes('"""')), "the docstring");
  await vscode.shot("document-preview");
  assert.equal(vscode.disk("prices.py"), before);
  await vscode.command("Monkey Coder: Accept All Changes");
  await vscode.until(async () => (await vscode.text()).includes('"""'), "the docstring");
  await vscode.saved("prices.py", (now) => now.includes('"""'));
  await vscode.shot("accepted");
  await vscode.focus();
  await vscode.press("Control+Z"); // One undo brings everything back.
  await vscode.saved("prices.py", before);

  // Explain, beside the code.
  await vscode.select(1, 4);
  await vscode.command("Monkey Coder: Explain");
  const answer = await vscode.webview("article.answer > *");
  await vscode.until(async () => (await answer.locator("article").innerText()).includes("discounted"), "the explanation");
  await sleep(300);
  await vscode.shot("explained");

  // What can be chosen.
  await vscode.status(/./).click();
  await sleep(400);
  await vscode.shot("menu");
  await vscode.press("Escape");
  await vscode.command("Monkey Coder: Get Started");
  await vscode.page.locator(".gettingStartedContainer", { hasText: "Get started with Monkey Coder" }).waitFor();
  await sleep(800);
  await vscode.shot("walkthrough");
  vscode.note("outside", [...vscode.outside]);
});
