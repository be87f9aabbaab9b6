/** The box that asks for an instruction, with those given before. */

import * as vscode from "vscode";

const KEY = "instructions";
const MOST = 50;

/** Ask what to change; the title says what that will probably come to. Undefined where the user thought better of it. */
export function askInstruction(memory: vscode.Memento, what: string, forecast: Promise<string>): Promise<string | undefined> {
  const before = memory.get<string[]>(KEY, []);
  const box = vscode.window.createQuickPick();
  box.title = `Monkey Coder: change ${what}`;
  void forecast.then((expected) => {
    box.title = expected === "" ? box.title : `Monkey Coder: change ${what} (${expected})`;
  });
  box.placeholder = "What is to be changed? (Enter to ask, arrows for earlier instructions)";
  box.matchOnDescription = false;
  const fill = (): void => {
    const typed = box.value.trim();
    const fitting = before.filter((one) => one !== typed);
    box.items = [
      ...(typed === "" ? [] : [{ label: typed, description: "ask for this", alwaysShow: true, iconPath: new vscode.ThemeIcon("sparkle") }]),
      ...fitting.map((label) => ({ label, iconPath: new vscode.ThemeIcon("history") })),
    ];
  };
  fill();
  return new Promise((resolve) => {
    let chosen: string | undefined;
    box.onDidChangeValue(fill);
    box.onDidAccept(() => {
      chosen = box.selectedItems[0]?.label ?? box.value.trim();
      if (chosen !== "") {
        void memory.update(KEY, [chosen, ...before.filter((one) => one !== chosen)].slice(0, MOST));
        box.hide();
      }
    });
    box.onDidHide(() => {
      box.dispose();
      resolve(chosen === "" ? undefined : chosen);
    });
    box.show();
  });
}
