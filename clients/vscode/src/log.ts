/** The log channel, and how an error becomes a sentence. */

import * as vscode from "vscode";

export const log = vscode.window.createOutputChannel("Monkey Coder", { log: true });

export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
