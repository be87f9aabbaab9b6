/** Where a server may be, in the order in which it is looked for. Pure: the paths are handed in. */

import * as path from "node:path";

export interface Command {
  program: string;
  args: string[];
  /** How it was found, for the user. */
  origin: "settings" | "managed" | "path";
}

export interface Surroundings {
  configured: readonly string[];
  managed: string;
  pathVariable: string;
  home: string;
  platform: NodeJS.Platform;
}

/** The programs to try. A configured one is the only one: it is never passed over in silence. */
export function candidates(around: Surroundings): Command[] {
  const [program, ...args] = around.configured;
  if (program !== undefined && program !== "") {
    return [{ program: withHome(program, around.home), args, origin: "settings" }];
  }
  const name = around.platform === "win32" ? "monkey-coder.exe" : "monkey-coder";
  const found: Command[] = [{ program: inEnvironment(around.managed, name, around.platform), args: [], origin: "managed" }];
  for (const folder of folders(around)) {
    found.push({ program: path.join(folder, name), args: [], origin: "path" });
  }
  return found;
}

/** A program of a Python environment. */
export function inEnvironment(folder: string, name: string, platform: NodeJS.Platform): string {
  return path.join(folder, platform === "win32" ? "Scripts" : "bin", name);
}

/** The folders of PATH, and those where users install programs though an editor started from a menu
 * does not see them in its PATH. */
function folders({ pathVariable, home, platform }: Surroundings): string[] {
  const separator = platform === "win32" ? ";" : ":";
  const usual =
    platform === "win32" ? [] : [path.join(home, ".local", "bin"), "/opt/homebrew/bin", "/usr/local/bin"];
  const named = pathVariable.split(separator).filter((folder) => path.isAbsolute(folder));
  return [...new Set([...named, ...usual])];
}

function withHome(program: string, home: string): string {
  return program.startsWith("~/") ? path.join(home, program.slice(2)) : program;
}
