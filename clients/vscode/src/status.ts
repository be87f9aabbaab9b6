/** The status bar: who answers, what it is doing, what today cost; and the menu behind it. */

import * as vscode from "vscode";
import type { Status } from "@monkey-coder/sdk";
import type { Edits } from "./edit/edits";
import type { Ghost } from "./ghost/ghost";
import type { Connection } from "./server/connection";
import { inShort } from "./edit/work";
import { statusText, statusTooltip } from "./status_text";

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("monkeyCoder.status", vscode.StatusBarAlignment.Right, 100);
  private readonly disposables: vscode.Disposable[];
  private status: Status | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly ghost: Ghost,
    private readonly edits: Edits,
  ) {
    this.item.name = "Monkey Coder";
    this.item.command = "monkeyCoder.menu";
    connection.on("monkeyCoder/statusChanged", (status) => this.take(status));
    this.disposables = [
      this.item,
      connection.onDidChangeLife((life) => {
        this.status = life === "running" ? this.status : undefined;
        this.show();
        if (life === "running") {
          void this.ask();
        }
      }),
      ghost.onDidChange(() => this.show()),
      edits.onDidChange(() => this.show()),
    ];
    this.show();
    this.item.show();
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  get latest(): Status | undefined {
    return this.status;
  }

  private async ask(): Promise<void> {
    const status = await this.connection.optional("monkeyCoder/status", {});
    if (status !== undefined) {
      this.take(status);
    }
  }

  private take(status: Status): void {
    this.status = status;
    this.show();
  }

  private show(): void {
    const current = this.edits.current;
    const streaming = current?.phase === "streaming";
    const doing = streaming ? inShort(current.work) : "";
    const seen = { life: this.connection.life, status: this.status, paused: this.ghost.isPaused, streaming, doing };
    const { text, isWarning } = statusText(seen);
    this.item.text = text;
    this.item.backgroundColor = isWarning ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    const tooltip = new vscode.MarkdownString(statusTooltip(seen), true);
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: `Monkey Coder: ${text.replace(/\$\([^)]*\)\s*/g, "")}`, role: "button" };
  }
}

interface Entry extends vscode.QuickPickItem {
  command?: string;
}

/** The menu of the status bar. */
export async function showMenu(connection: Connection, ghost: Ghost, edits: Edits): Promise<void> {
  const entry = (icon: string, label: string, command: string, description = ""): Entry => ({ label: `$(${icon}) ${label}`, command, description });
  const isRunning = connection.life === "running";
  const offline = vscode.workspace.getConfiguration("monkeyCoder").get<boolean>("offline", false);
  const entries: Entry[] = [
    ...(edits.current?.phase === "streaming" ? [entry("circle-slash", "Cancel the Edit", "monkeyCoder.cancel")] : []),
    ...(isRunning
      ? [
          entry("comment-discussion", "Open the Chat", "monkeyCoder.openChat"),
          entry("symbol-misc", "Choose the Model…", "monkeyCoder.chooseModel"),
          entry("graph", "Usage and Cost", "monkeyCoder.showUsage"),
          entry("list-tree", "What a Request Here Would Send", "monkeyCoder.showContext"),
          entry(ghost.isPaused ? "play" : "debug-pause", `${ghost.isPaused ? "Resume" : "Pause"} Ghost Text`, "monkeyCoder.toggleGhostText"),
          entry(offline ? "cloud" : "circle-slash", offline ? "Go Online" : "Work Offline", "monkeyCoder.toggleOffline", offline ? "let the model answer" : "embedded engine alone; nothing leaves this machine"),
        ]
      : [entry("cloud-download", "Install or Update the Server", "monkeyCoder.installServer")]),
    entry("key", "Set an API Key…", "monkeyCoder.setKey"),
    entry("gear", "Settings", "monkeyCoder.openSettings"),
    entry("debug-restart", "Restart the Server", "monkeyCoder.restartServer"),
    entry("output", "Show the Log", "monkeyCoder.showLog"),
    entry("book", "Get Started", "monkeyCoder.openWalkthrough"),
  ];
  const chosen = await vscode.window.showQuickPick(entries, { title: "Monkey Coder" });
  if (chosen?.command !== undefined) {
    await vscode.commands.executeCommand(chosen.command);
  }
}
