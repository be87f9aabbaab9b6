// Against a model that writes a token every 40 ms: what is painted when, typing meanwhile, cancel, undo.
import assert from "node:assert/strict";
import { drive, sleep } from "./drive.mjs";

await drive(async (vscode) => {
  await vscode.open("prices.py");
  await vscode.ready();
  const before = vscode.disk("prices.py");
  const ask = (instruction, name) => vscode.instruct(1, 8, instruction, name);

  // Painted as it streams; half of it on a screenshot.
  await vscode.watchPaint();
  await vscode.hold(8);
  await ask("refuse what is no percentage; digits as a parameter", "instruction");
  await vscode.painting(2);
  await vscode.until(async () => (await vscode.painted()).removed > 0, "removed lines");
  await vscode.lens(/written/).waitFor();
  await vscode.shot("half-streamed");
  assert.equal(await vscode.text().then((text) => text.includes("is no percentage")), false, "nothing is in the text yet");

  // Typing goes on meanwhile, below the changes.
  await vscode.press("Control+End");
  const times = await vscode.typeTimed("notes = 1");
  vscode.note("key_ms_while_streaming", { median: times[times.length >> 1], slowest: times.at(-1) });
  await vscode.until(async () => (await vscode.text()).endsWith("notes = 1"), "what was typed");
  await vscode.shot("typing-while-it-streams");
  await vscode.go();
  await vscode.lens("Accept All").waitFor();
  await vscode.page.mouse.move(700, 700);
  await sleep(400);
  await vscode.shot("two-hunks");
  const paint = await vscode.paintAt();
  const log = await vscode.modelLog();
  const firstChanged = log.filter(({ what }) => what === "line")[2]; // the fence, "def …", and the first line that differs
  vscode.note("first_paint_after_line_ms", paint.first - firstChanged.at);

  // One accepted by its lens, one rejected by its key; what was typed stays.
  await vscode.lens("Accept").click();
  await vscode.until(async () => (await vscode.text()).includes("if not 0 <= percent"), "the first change");
  await sleep(400);
  await vscode.shot("one-accepted");
  await vscode.focus();
  await vscode.press("Control+Alt+N");
  await vscode.until(async () => (await vscode.painted()).added.length === 0, "nothing painted");
  await sleep(400);
  await vscode.shot("one-accepted-one-rejected");
  await vscode.saved("prices.py", (now) => now.includes("is no percentage") && !now.includes("digits=2") && now.endsWith("notes = 1"));

  // One undo takes the accepted change back, and nothing else.
  await vscode.focus();
  await vscode.press("Control+Z");
  await vscode.saved("prices.py", before + "notes = 1");

  // All at once, and one undo.
  const held = vscode.disk("prices.py");
  await ask("again");
  await vscode.lens("Accept All").waitFor();
  await vscode.press("Control+Alt+Enter");
  await vscode.until(async () => (await vscode.text()).includes("digits=2"), "both changes");
  await vscode.focus();
  await vscode.press("Control+Z"); // One undo brings everything back.
  await vscode.saved("prices.py", held);

  // Cancelled half way: gone from the screen, and the model's connection is closed.
  await vscode.hold(8);
  await ask("once more");
  await vscode.painting(2);
  await vscode.watchPaint();
  await vscode.until(async () => (await vscode.paintAt()).first, "the painting");
  await vscode.focus();
  await vscode.press("Escape");
  const gone = await vscode.until(async () => (await vscode.paintAt()).gone, "the painting gone");
  const asked = (await vscode.paintAt()).escaped;
  const closed = await vscode.until(async () => (await vscode.modelLog()).filter(({ what }) => what === "closed").pop(), "the connection closed");
  vscode.note("cancel_painting_gone_ms", gone - asked);
  vscode.note("cancel_connection_closed_ms", closed.at - asked);
  await vscode.shot("cancelled");
  await vscode.go();
  assert.equal((await vscode.painted()).added.length, 0);
  await vscode.saved("prices.py", held);

  // What is typed inside a change stays, and ends the edit, which is said.
  await ask("typed into");
  await vscode.lens("Accept All").waitFor();
  await vscode.focus();
  await vscode.press("Control+Home", "ArrowDown", "End");
  await vscode.type("  # mine");
  await vscode.toast("what you typed stays").waitFor();
  await vscode.until(async () => (await vscode.text()).includes("if percent > 100:  # mine"), "what was typed");
  await vscode.until(async () => (await vscode.painted()).added.length === 0, "nothing painted");
  await vscode.shot("typed-into-a-change");
  for (let undos = 0; undos < 4 && (await vscode.text()) !== held; undos++) {
    await vscode.press("Control+Z");
    await sleep(300);
  }
  await vscode.saved("prices.py", held);

  // The history of instructions, and what a change will probably come to, before it costs anything.
  await vscode.select(1, 4);
  await vscode.press("Control+Alt+E");
  await vscode.page.locator(".quick-input-list", { hasText: "digits as a parameter" }).waitFor();
  await vscode.page.locator(".quick-input-titlebar", { hasText: /lines 1–4 \(.*% \[.*to pass the checks/ }).waitFor();
  await vscode.shot("history");
  await vscode.press("Escape");
  await vscode.page.locator(".quick-input-widget").waitFor({ state: "hidden" });

  // Side by side.
  await ask("side by side");
  await vscode.lens("Side by Side").waitFor();
  await vscode.lens("Side by Side").click();
  await vscode.page.locator(".monaco-diff-editor .view-line", { hasText: "is no percentage" }).first().waitFor();
  await sleep(500);
  await vscode.shot("side-by-side");
  await vscode.press("Control+Alt+Backspace");
  await vscode.until(async () => (await vscode.page.locator(".monaco-diff-editor").count()) === 0, "the diff closed");
  vscode.note("outside", [...vscode.outside]);
});
