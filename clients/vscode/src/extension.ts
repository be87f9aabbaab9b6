/** Monkey Coder in VS Code: a thin client of its language server. */

import * as vscode from "vscode";
import { Alternatives } from "./alternatives/panel";
import { Answers } from "./answer/panel";
import { LastEditor } from "./chat/code";
import { ChatView } from "./chat/view";
import { registerCommands, runCommand } from "./commands";
import { Diffs } from "./edit/diff";
import { Edits } from "./edit/edits";
import { Lenses } from "./edit/lenses";
import { Ghost } from "./ghost/ghost";
import { Keys } from "./keys";
import { log } from "./log";
import { Connection } from "./server/connection";
import { StatusBar } from "./status";
import { sendableSettings } from "./server/sendable";

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const isBusy = (uri: string): boolean => edits.of(uri) !== undefined;
  const ghost = new Ghost((uri, outcome) => connection.notify("monkeyCoder/ghostOutcome", { uri, outcome }), isBusy);
  const connection: Connection = new Connection(context, {
    ...ghost.middleware,
    executeCommand: (command, args, next) => runCommand(parts, command, args, next),
    workspace: {
      configuration: async (params, token, next) =>
        params.items.every(({ section }) => section === "monkeyCoder") ? params.items.map(() => sendableSettings()) : next(params, token),
      didChangeConfiguration: () => connection.settingsChanged(),
    },
  });
  const edits: Edits = new Edits(connection);
  const last = new LastEditor();
  const diffs = new Diffs(edits);
  const answers = new Answers(context.extensionUri, connection, edits, last);
  const alternatives = new Alternatives(context.extensionUri, connection, edits, diffs);
  const chat = new ChatView(context.extensionUri, connection, edits, last);
  const keys = new Keys(context, connection);
  const parts = { context, connection, edits, diffs, answers, alternatives, chat, ghost, keys, last };
  context.subscriptions.push(
    log,
    connection,
    ghost,
    edits,
    diffs,
    answers,
    alternatives,
    chat,
    last,
    new Lenses(edits),
    new StatusBar(connection, ghost, edits),
    ...registerCommands(parts),
    connection.onDidChangeLife((life) => {
      void vscode.commands.executeCommand("setContext", "monkeyCoder.serverRuns", life === "running");
      if (life === "running") {
        void keys.handOver();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void connection.start()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("monkeyCoder.server")) {
        void connection.start();
      }
    }),
  );
  welcome(context);
  await connection.start();
}

/** Show the walkthrough the first time, unless the user wants none of any extension. */
function welcome(context: vscode.ExtensionContext): void {
  const isWanted = vscode.workspace.getConfiguration("workbench.welcomePage.walkthroughs").get<boolean>("openOnInstall", true);
  if (isWanted && !context.globalState.get<boolean>("welcomed", false)) {
    void vscode.commands.executeCommand("monkeyCoder.openWalkthrough");
  }
  void context.globalState.update("welcomed", true);
}

export function deactivate(): void {
  // Everything is disposed of with the context's subscriptions.
}
