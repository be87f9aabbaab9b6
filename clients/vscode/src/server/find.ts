/** Find a server that runs. */

import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { log } from "../log";
import { candidates, type Command } from "./candidates";

const ASK_MS = 20_000;

/** A server, or why there is none in words that say what to do. */
export type Found = { command: Command } | { problem: string; isConfigured: boolean };

export async function findServer(context: vscode.ExtensionContext): Promise<Found> {
  const configured = vscode.workspace.getConfiguration("monkeyCoder").get<string[]>("server.command", []);
  const around = {
    configured,
    managed: managedFolder(context),
    pathVariable: process.env["PATH"] ?? "",
    home: os.homedir(),
    platform: process.platform,
  };
  const isConfigured = configured.length > 0;
  let problem = isConfigured
    ? ""
    : "Monkey Coder's server is not installed: there is no monkey-coder on the PATH. Install it into an environment of its own, or say where it is.";
  for (const command of candidates(around)) {
    if (!isConfigured && !fs.existsSync(command.program)) {
      continue;
    }
    const answer = await ask(command.program, [...command.args, "--version"]);
    if (answer.ok) {
      log.info(`server: ${answer.text.trim()} (${command.origin}: ${command.program})`);
      return { command };
    }
    log.warn(`server: ${command.program} does not run: ${answer.text}`);
    problem = isConfigured
      ? `The program in the setting monkeyCoder.server.command, ${command.program}, does not run: ${answer.text} Correct the setting, or clear it to use the one on the PATH.`
      : `${command.program} is there but does not run: ${answer.text} Install the server again.`;
  }
  return { problem, isConfigured };
}

/** The folder of the environment that this extension makes and keeps. */
export function managedFolder(context: vscode.ExtensionContext): string {
  return path.join(context.globalStorageUri.fsPath, "server");
}

/** Run a program and return what it printed, or why it failed in one line. */
export function ask(program: string, args: string[]): Promise<{ ok: boolean; text: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: ASK_MS }, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ ok: true, text: stdout });
        return;
      }
      const last = stderr.trim().split("\n").pop() ?? "";
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      resolve({ ok: false, text: missing ? "there is no such program." : `${last || error.message}.`.replace(/\.\.$/, ".") });
    });
  });
}
