/** What of VS Code's settings the server is given. */

import * as vscode from "vscode";
import { log } from "../log";
import { explicit, withoutKeys } from "./settings";

const told = new Set<string>();

/** The settings that somebody has set, without keys; a key in the settings is named to the user, once. */
export function sendableSettings(): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("monkeyCoder");
  const { settings, had } = withoutKeys(explicit(names(), (name) => configuration.inspect(name)));
  log.debug(`settings sent: ${Object.keys(settings).join(", ")}`);
  const fresh = had.filter((provider) => !told.has(provider));
  if (fresh.length > 0) {
    fresh.forEach((provider) => told.add(provider));
    void vscode.window
      .showWarningMessage(
        `The settings hold a key of ${fresh.join(", ")}, which is not used: anyone who sees the settings file sees it. Delete it there and give it by “Monkey Coder: Set an API Key”.`,
        "Set an API Key",
      )
      .then((chosen) => chosen && vscode.commands.executeCommand("monkeyCoder.setKey"));
  }
  return settings;
}

/** The names of our settings, as this extension's manifest declares them. */
function names(): string[] {
  const manifest = vscode.extensions.getExtension("monkey-coder.monkey-coder")?.packageJSON as
    | { contributes?: { configuration?: { properties?: Record<string, unknown> }[] } }
    | undefined;
  const sections = manifest?.contributes?.configuration ?? [];
  return sections.flatMap(({ properties }) => Object.keys(properties ?? {})).map((name) => name.replace(/^monkeyCoder\./, ""));
}
