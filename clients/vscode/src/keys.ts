/** Providers' keys: kept in VS Code's secret storage, handed to the server, never in settings or logs. */

import * as vscode from "vscode";
import { isMethodNotFound } from "@monkey-coder/sdk";
import { log, said } from "./log";
import type { Connection } from "./server/connection";

const NAMES = "keyNames";
const COMMON = ["openai", "anthropic", "google", "mistral", "groq", "xai", "deepseek", "openrouter"];

export class Keys {
  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly connection: Connection,
  ) {}

  /** Hand all keys to a server that has just started. */
  async handOver(): Promise<void> {
    const keys: Record<string, string | null> = {};
    for (const provider of this.names) {
      const key = await this.context.secrets.get(secret(provider));
      if (key !== undefined) {
        keys[provider] = key;
      }
    }
    if (Object.keys(keys).length > 0) {
      await this.send(keys);
    }
  }

  /** Ask for a provider and its key. */
  async ask(): Promise<void> {
    const provider = await this.pickProvider("Whose key?", COMMON);
    if (provider === undefined) {
      return;
    }
    const key = await vscode.window.showInputBox({
      title: `Key of ${provider}`,
      prompt: "It is kept in VS Code's secret storage and given to the server on this machine alone.",
      password: true,
      ignoreFocusOut: true,
      validateInput: (value) => (/^[\x21-\x7e]*$/.test(value.trim()) ? undefined : "A key has no blanks and only plain characters."),
    });
    if (key === undefined || key.trim() === "") {
      return;
    }
    await this.context.secrets.store(secret(provider), key.trim());
    await this.remember([...new Set([...this.names, provider])]);
    if (await this.send({ [provider]: key.trim() })) {
      void vscode.window.showInformationMessage(`Monkey Coder: the key of ${provider} is set.`);
    }
  }

  /** Ask which key to take away. */
  async forget(): Promise<void> {
    if (this.names.length === 0) {
      void vscode.window.showInformationMessage("Monkey Coder: no key is kept here. Keys in environment variables or the system's keyring are not shown.");
      return;
    }
    const provider = await vscode.window.showQuickPick(this.names, { title: "Take away whose key?" });
    if (provider !== undefined) {
      await this.context.secrets.delete(secret(provider));
      await this.remember(this.names.filter((name) => name !== provider));
      await this.send({ [provider]: null });
      void vscode.window.showInformationMessage(`Monkey Coder: the key of ${provider} is gone.`);
    }
  }

  private async pickProvider(title: string, common: readonly string[]): Promise<string | undefined> {
    const models = (await this.connection.optional("monkeyCoder/models", {})) ?? [];
    const known = [...new Set([...models.map(({ provider }) => provider), ...common])].filter((name) => name !== "offline");
    const other = "Another…";
    const chosen = await vscode.window.showQuickPick(
      [...known.map((label) => ({ label, description: this.names.includes(label) ? "has a key here" : "" })), { label: other, description: "" }],
      { title },
    );
    if (chosen?.label !== other) {
      return chosen?.label;
    }
    return vscode.window.showInputBox({
      title: "The provider's name, as in monkeyCoder.providers",
      validateInput: (value) => (/^[A-Za-z0-9_-]{1,40}$/.test(value) ? undefined : "Letters, digits, - and _ only."),
    });
  }

  private async send(keys: Record<string, string | null>): Promise<boolean> {
    if (this.connection.life !== "running") {
      return true; // It is handed over when the server starts.
    }
    try {
      const { unknown } = await this.connection.secretly("monkeyCoder/setKeys", { keys });
      if (unknown.length > 0) {
        void vscode.window.showWarningMessage(
          `Monkey Coder: the server knows no provider called ${unknown.join(", ")}. Name its address and protocol in the setting monkeyCoder.providers.`,
        );
      }
      return unknown.length === 0;
    } catch (error) {
      const why = isMethodNotFound(error) ? "this server takes no keys from the editor; update it." : said(error);
      log.error(`keys: ${why}`);
      void vscode.window.showErrorMessage(`Monkey Coder: the key could not be given to the server: ${why}`);
      return false;
    }
  }

  private get names(): string[] {
    return this.context.globalState.get<string[]>(NAMES, []);
  }

  private async remember(names: string[]): Promise<void> {
    await this.context.globalState.update(NAMES, names.sort());
  }
}

function secret(provider: string): string {
  return `key.${provider}`;
}
