/** Make an environment for the server: `python -m venv`, then pip. */

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { log, said } from "../log";
import { inEnvironment } from "./candidates";
import { ask, managedFolder } from "./find";

const NEEDED = [3, 11] as const;

/** Install the server. True if it is there now; a failure is told with what to do. */
export async function installServer(context: vscode.ExtensionContext): Promise<boolean> {
  const python = await findPython();
  if (python === undefined) {
    const chosen = await vscode.window.showErrorMessage(
      "Monkey Coder's server needs Python 3.11 or later, and none was found. Install Python, or name it in the setting monkeyCoder.server.python.",
      "Open Settings",
      "Get Python",
    );
    if (chosen === "Open Settings") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "monkeyCoder.server.python");
    } else if (chosen === "Get Python") {
      await vscode.env.openExternal(vscode.Uri.parse("https://www.python.org/downloads/"));
    }
    return false;
  }
  const folder = managedFolder(context);
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: "Monkey Coder: installing the server",
    cancellable: true,
  };
  try {
    await vscode.window.withProgress(options, async (progress, token) => {
      progress.report({ message: "making an environment" });
      await fs.promises.rm(folder, { recursive: true, force: true });
      await run(python, ["-m", "venv", folder], token);
      progress.report({ message: "fetching packages" });
      const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off", packageOf(context)];
      await run(inEnvironment(folder, process.platform === "win32" ? "python.exe" : "python", process.platform), pip, token);
    });
    return true;
  } catch (error) {
    await fs.promises.rm(folder, { recursive: true, force: true });
    if (!(error instanceof vscode.CancellationError)) {
      log.error(`install: ${said(error)}`);
      const chosen = await vscode.window.showErrorMessage(
        `Monkey Coder's server could not be installed: ${said(error)} The log has all that pip said. Check the network and try again, or install it by hand and name it in the setting monkeyCoder.server.command.`,
        "Show Log",
      );
      if (chosen !== undefined) {
        log.show();
      }
    }
    return false;
  }
}

/** The wheel in this extension, so that server and extension fit; its dependencies come by pip. */
function packageOf(context: vscode.ExtensionContext): string {
  const folder = path.join(context.extensionPath, "dist", "server");
  const wheel = fs.existsSync(folder) ? fs.readdirSync(folder).find((name) => name.endsWith(".whl")) : undefined;
  return wheel === undefined ? "monkey-coder" : path.join(folder, wheel);
}

async function findPython(): Promise<string | undefined> {
  const configured = vscode.workspace.getConfiguration("monkeyCoder").get<string>("server.python", "");
  const usual = process.platform === "win32" ? ["py", "python"] : ["python3", "python3.13", "python3.12", "python3.11", "python"];
  for (const program of configured === "" ? usual : [configured]) {
    const answer = await ask(program, ["-c", "import sys, venv, ensurepip; print(*sys.version_info[:2])"]);
    const [major = 0, minor = 0] = answer.text.trim().split(" ").map(Number);
    if (answer.ok && (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]))) {
      return program;
    }
    log.info(`install: ${program} does not do: ${answer.text.trim()}`);
  }
  return undefined;
}

function run(program: string, args: string[], token: vscode.CancellationToken): Promise<void> {
  log.info(`$ ${program} ${args.join(" ")}`);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let last = "";
    const stop = token.onCancellationRequested(() => child.kill());
    const take = (data: Buffer): void => {
      const text = data.toString().trim();
      log.info(text);
      last = (text.split("\n").pop() ?? last).replace(/^ERROR: /, "");
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", reject);
    child.on("close", (code) => {
      stop.dispose();
      if (token.isCancellationRequested) {
        reject(new vscode.CancellationError());
      } else if (code === 0) {
        resolve();
      } else {
        reject(new Error(last.endsWith(".") ? last : `${last}.`));
      }
    });
  });
}
