// The server is killed: said, restarted once, no edit lost, unsaved text untouched.
import assert from "node:assert/strict";
import fs from "node:fs";
import { drive, sleep } from "./drive.mjs";

function pid(home) {
  for (const id of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const words = fs.readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
      const environment = fs.readFileSync(`/proc/${id}/environ`, "utf8").split("\0");
      if (words.includes("lsp") && words.some((word) => word.endsWith("monkey-coder")) && environment.includes(`HOME=${home}`)) {
        return Number(id);
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  return 0;
}

await drive(async (vscode) => {
  const { home } = vscode.given;
  await vscode.open("prices.py");
  await vscode.ready();
  const before = vscode.disk("prices.py");

  // Unsaved text, and an edit that waits.
  await vscode.press("Control+End");
  await vscode.type("unsaved = True");
  await vscode.until(async () => (await vscode.text()).endsWith("unsaved = True"), "what was typed");
  await vscode.instruct(1, 8, "refuse what is no percentage");
  await vscode.lens("Accept All").waitFor();

  const first = pid(home);
  assert.ok(first > 0, "the server's process");
  process.kill(first, "SIGKILL");
  await vscode.toast("stopped unexpectedly and was started again").waitFor();
  await sleep(300);
  await vscode.shot("killed-and-restarted");
  const second = await vscode.until(() => pid(home) !== first && pid(home), "a second server");
  await vscode.ready();
  assert.ok((await vscode.text()).endsWith("unsaved = True"), "unsaved text is untouched");
  assert.equal(vscode.disk("prices.py"), before);

  // The edit is still there, and can be accepted.
  await vscode.painting(4);
  await vscode.focus();
  await vscode.press("Control+Alt+Enter");
  await vscode.until(async () => (await vscode.text()).includes("digits=2"), "the edit");
  assert.ok((await vscode.text()).endsWith("unsaved = True"));

  // The new server has the unsaved text: it answers about it.
  await vscode.hold(8);
  await vscode.instruct(1, 8, "again");
  await vscode.until(async () => (await vscode.modelLog()).filter(({ what }) => what === "asked").length >= 2, "the new server asks");

  // Killed again, while it streams: said, and left to the user; nothing is in the text.
  const text = await vscode.text();
  process.kill(second, "SIGKILL");
  await vscode.toast("stopped again and stays off").waitFor();
  await sleep(500);
  await vscode.shot("killed-twice");
  assert.equal(pid(home), 0);
  assert.equal(await vscode.text(), text);
  await vscode.status(/stopped/).waitFor();
  await vscode.command("Monkey Coder: Restart the Server");
  await vscode.ready();
  await vscode.saved("prices.py", (now) => now.endsWith("unsaved = True"));
});
