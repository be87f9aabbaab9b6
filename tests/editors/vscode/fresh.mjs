// A clean VS Code where no server is: what is missing is said, with what to do; the walkthrough opens.
import assert from "node:assert/strict";
import { drive, sleep } from "./drive.mjs";

await drive(async (vscode) => {
  await vscode.page.locator(".gettingStartedContainer", { hasText: "Get started with Monkey Coder" }).waitFor();
  await vscode.toast("server is not installed").waitFor();
  await sleep(800);
  await vscode.shot("first-start");
  await vscode.status(/no server/).waitFor();

  // Installing is offered. Without a network it fails, and says so.
  await vscode.toast("server is not installed").locator(".monaco-button", { hasText: "Install the Server" }).click();
  await vscode.toast("could not be installed").waitFor({ timeout: 300_000 });
  await sleep(300);
  await vscode.shot("install-failed");
  assert.ok((await vscode.toast("could not be installed").innerText()).includes("monkeyCoder.server.command"));

  // A program that does not run is named.
  await vscode.command("Preferences: Open User Settings (JSON)");
});
