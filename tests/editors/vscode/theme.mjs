// The preview and the chat in another theme; the contrast of the lines that are drawn.
import { drive, sleep } from "./drive.mjs";

function luminance([r, g, b]) {
  const [x, y, z] = [r, g, b].map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

await drive(async (vscode) => {
  await vscode.open("prices.py");
  await vscode.ready();
  await vscode.instruct(1, 8, "refuse what is no percentage");
  await vscode.lens("Accept All").waitFor();
  await vscode.painting(4);
  await vscode.page.mouse.move(700, 700);
  await sleep(400);
  await vscode.shot("preview");
  // The colours as painted: of the text, and of the paper under it (the added background over the editor's).
  const { ink, paper } = await vscode.page.evaluate(() => {
    const row = [...document.querySelectorAll(".view-lines [class*=ced-]")].find((one) => getComputedStyle(one, "::after").content.startsWith('"+'));
    const numbers = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
    const style = getComputedStyle(row, "::after");
    const [r, g, b, a = 1] = numbers((style.backgroundImage.match(/rgba?\([^)]*\)/) ?? ["rgba(0,0,0,0)"])[0]);
    const under = numbers(style.backgroundColor);
    return { ink: numbers(style.color).slice(0, 3), paper: [r, g, b].map((value, index) => value * a + under[index] * (1 - a)) };
  });
  const [light, dark] = [luminance(ink), luminance(paper)].sort((a, b) => b - a);
  vscode.note("contrast", (light + 0.05) / (dark + 0.05));
  await vscode.press("Control+Alt+M");
  const chat = await vscode.webview(".writer textarea");
  await chat.locator(".writer textarea").fill("Should it refuse negative percentages?");
  await chat.locator(".writer textarea").press("Enter");
  await chat.locator(".turns .turn.assistant .status").waitFor();
  await sleep(400);
  await vscode.shot("chat");
});
