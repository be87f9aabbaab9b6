/** Choose who answers. The choice is a setting; the server follows it. */

import * as vscode from "vscode";
import type { Model } from "@monkey-coder/sdk";
import type { Connection } from "./server/connection";

interface Entry extends vscode.QuickPickItem {
  id?: string;
  run?: () => Thenable<unknown>;
}

export async function chooseModel(connection: Connection): Promise<void> {
  const models = await connection.optional("monkeyCoder/models", {});
  if (models === undefined) {
    const id = await vscode.window.showInputBox({
      title: "Who answers: PROVIDER/MODEL, PROVIDER, or nothing for the embedded engine",
      value: vscode.workspace.getConfiguration("monkeyCoder").get<string>("model", ""),
    });
    if (id !== undefined) {
      await use(id.trim());
    }
    return;
  }
  const chosen = await vscode.window.showQuickPick(entries(models), { title: "Who answers?", matchOnDescription: true });
  if (chosen?.run !== undefined) {
    await chosen.run();
  } else if (chosen?.id !== undefined) {
    await use(chosen.id);
  }
}

function entries(models: readonly Model[]): Entry[] {
  const entry = (model: Model): Entry => ({
    id: model.id,
    label: `${model.current ? "$(check) " : ""}${model.id}`,
    description: [model.id.endsWith(model.name) ? "" : model.name, price(model)].filter((text) => text !== "").join(" · "),
  });
  const separator = (label: string): Entry => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const ready = models.filter(({ configured }) => configured);
  const others = models.filter(({ configured }) => !configured);
  return [
    ...ready.map(entry),
    separator("need a key"),
    ...others.map(entry),
    separator(""),
    { label: "$(key) Set an API Key…", run: () => vscode.commands.executeCommand("monkeyCoder.setKey") },
  ];
}

function price({ inputUsdPerMTok, outputUsdPerMTok }: Model): string {
  return inputUsdPerMTok === null || outputUsdPerMTok === null
    ? ""
    : `$${inputUsdPerMTok} in, $${outputUsdPerMTok} out per million tokens`;
}

async function use(id: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration("monkeyCoder");
  const inWorkspace = configuration.inspect("model")?.workspaceValue !== undefined;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await configuration.update("model", id, target);
}
