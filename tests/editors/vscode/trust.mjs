// A workspace that is not trusted names a program and a model: neither is used, and both are told of.
import assert from "node:assert/strict";
import { drive, sleep } from "./drive.mjs";

await drive(async (vscode) => {
  await vscode.ready();
  await vscode.status(/offline/).waitFor();
  await vscode.hover(vscode.status(/offline/), "not trusted");
  await sleep(400);
  await vscode.shot("restricted");
  assert.equal(await vscode.page.locator(".statusbar-item", { hasText: "Restricted Mode" }).count(), 1);
});
