/** The commands of the palette, the keys and the menus. */

import * as vscode from "vscode";
import { Command, type CommandArguments, type CommandName } from "@monkey-coder/sdk";
import type { Alternatives } from "./alternatives/panel";
import type { Answers } from "./answer/panel";
import type { LastEditor } from "./chat/code";
import type { ChatView } from "./chat/view";
import type { Diffs } from "./edit/diff";
import type { Edits } from "./edit/edits";
import { askInstruction } from "./edit/instruction";
import type { EditSession } from "./edit/session";
import { chooseStrategy } from "./edit/strategy";
import { story } from "./edit/work";
import type { Ghost } from "./ghost/ghost";
import type { Keys } from "./keys";
import { linesOf } from "./lines";
import { log, said } from "./log";
import { chooseModel } from "./models";
import type { Connection } from "./server/connection";
import { showMenu } from "./status";

export interface Parts {
  context: vscode.ExtensionContext;
  connection: Connection;
  edits: Edits;
  diffs: Diffs;
  answers: Answers;
  alternatives: Alternatives;
  chat: ChatView;
  ghost: Ghost;
  keys: Keys;
  last: LastEditor;
}

const WALKTHROUGH = "monkey-coder.monkey-coder#monkeyCoder.start";

/** Run a command of the server's as the user chose it: from the light bulb, the palette or a key. */
export async function runCommand(
  parts: Parts,
  command: string,
  args: unknown[],
  next: (command: string, args: unknown[]) => unknown,
): Promise<unknown> {
  const argument = (args[0] ?? {}) as CommandArguments;
  switch (command) {
    case Command.edit: {
      const { connection, context } = parts;
      const instruction = argument.instruction ?? (await askInstruction(context.workspaceState, what(argument), connection.forecast(argument)));
      return instruction === undefined ? undefined : parts.edits.run(command, { ...argument, instruction });
    }
    case Command.document:
    case Command.fix:
    case Command.tests:
      return parts.edits.run(command, argument);
    case Command.alternatives:
      return parts.alternatives.run(argument);
    case Command.explain:
    case Command.review:
      return parts.answers.run(command, argument);
    default:
      return next(command, args);
  }
}

export function registerCommands(parts: Parts): vscode.Disposable[] {
  const { connection, edits, diffs, chat, ghost, keys, answers } = parts;
  const register = (name: string, run: (...args: never[]) => unknown): vscode.Disposable =>
    vscode.commands.registerCommand(`monkeyCoder.${name}`, (...args: never[]) => guarded(() => run(...args)));
  const onEdit = (run: (session: EditSession, id?: number) => unknown) => (given?: EditSession, id?: number) => {
    const session = isSession(given) ? given : edits.current;
    return session === undefined ? void vscode.window.showInformationMessage("Monkey Coder: no edit is open.") : run(session, id);
  };
  const oneOf = (session: EditSession, id?: number): number[] => {
    const found = id ?? edits.atCursor(session);
    return found === undefined ? [] : [found];
  };
  const onCode = (command: CommandName) => () => {
    const argument = selected(parts.last.editor);
    return argument && runCommand(parts, command, [argument], () => undefined);
  };
  const byStrategy = async (): Promise<unknown> => {
    const argument = selected(parts.last.editor);
    const strategy = argument && (await chooseStrategy());
    return strategy && runCommand(parts, Command.edit, [{ ...argument, strategy }], () => undefined);
  };
  return [
    register("editSelection", onCode(Command.edit)),
    register("editByStrategy", byStrategy),
    register("suggestAlternatives", onCode(Command.alternatives)),
    register("documentSelection", onCode(Command.document)),
    register("fixSelection", onCode(Command.fix)),
    register("writeTests", onCode(Command.tests)),
    register("explainSelection", onCode(Command.explain)),
    register("reviewSelection", onCode(Command.review)),
    register("acceptChange", onEdit((session, id) => edits.accept(session, oneOf(session, id)))),
    register("rejectChange", onEdit((session, id) => edits.reject(session, oneOf(session, id)))),
    register("acceptAll", onEdit((session) => edits.accept(session))),
    register("rejectAll", onEdit((session) => edits.reject(session))),
    register("cancel", onEdit((session) => session.phase === "streaming" && edits.cancel(session))),
    register("showDiff", onEdit((session) => diffs.open(session))),
    register("showWhy", onEdit((session) => answers.page("Monkey Coder: Why This One", story(session.work)))),
    register("nextChange", () => edits.go(1)),
    register("previousChange", () => edits.go(-1)),
    register("undoFiles", () => connection.request("workspace/executeCommand", { command: Command.undo, arguments: [] })),
    register("openChat", () => chat.open()),
    register("newChat", () => {
      chat.begin();
      return chat.open();
    }),
    register("askAboutSelection", () => chat.open("What does the selected code do?")),
    register("triggerGhostText", () => vscode.commands.executeCommand("editor.action.inlineSuggest.trigger")),
    register("toggleGhostText", () => ghost.pause(!ghost.isPaused)),
    register("toggleOffline", () => toggleOffline()),
    register("chooseModel", () => chooseModel(connection)),
    register("setKey", () => keys.ask()),
    register("forgetKey", () => keys.forget()),
    register("showUsage", () => showUsage(connection, answers)),
    register("showContext", () => showContext(connection, answers, parts.last)),
    register("menu", () => showMenu(connection, ghost, edits)),
    register("installServer", () => connection.install()),
    register("restartServer", () => connection.start()),
    register("showLog", () => log.show()),
    register("openSettings", () => vscode.commands.executeCommand("workbench.action.openSettings", "@ext:monkey-coder.monkey-coder")),
    register("openWalkthrough", () => vscode.commands.executeCommand("workbench.action.openWalkthrough", WALKTHROUGH, false)),
  ];
}

async function guarded(run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    log.error(said(error));
    void vscode.window.showErrorMessage(`Monkey Coder: ${said(error)}`);
  }
}

/** The selection, or the whole text where there is none. */
function selected(editor: vscode.TextEditor | undefined): CommandArguments | undefined {
  if (editor === undefined) {
    void vscode.window.showInformationMessage("Monkey Coder: open a file first, and select what this is about.");
    return undefined;
  }
  const { document, selection } = editor;
  const range = selection.isEmpty ? {} : { range: { start: selection.start, end: selection.end } };
  return { uri: document.uri.toString(), version: document.version, ...range };
}

function what({ uri, range }: CommandArguments): string {
  const name = vscode.Uri.parse(uri ?? "").path.split("/").pop() ?? "the file";
  const isWhole = range === undefined || (range.start.line === range.end.line && range.start.character === range.end.character);
  return isWhole ? name : `${name}, ${linesOf(range)}`;
}

async function toggleOffline(): Promise<void> {
  const configuration = vscode.workspace.getConfiguration("monkeyCoder");
  await configuration.update("offline", !configuration.get<boolean>("offline", false), vscode.ConfigurationTarget.Global);
}

async function showUsage(connection: Connection, answers: Answers): Promise<void> {
  const usage = await connection.optional("monkeyCoder/usage", { days: 30 });
  if (usage === undefined) {
    void vscode.window.showWarningMessage("Monkey Coder: this server cannot say what was used. Update it, or run “monkey-coder usage” in a terminal.");
    return;
  }
  answers.page("Monkey Coder: Usage", usage.markdown);
}

async function showContext(connection: Connection, answers: Answers, last: LastEditor): Promise<void> {
  const editor = last.editor;
  if (editor === undefined) {
    void vscode.window.showInformationMessage("Monkey Coder: open a file first.");
    return;
  }
  const { document, selection } = editor;
  const params = { uri: document.uri.toString(), position: { line: selection.active.line, character: selection.active.character } };
  const found = await connection.optional("monkeyCoder/context", params);
  if (found === undefined) {
    void vscode.window.showWarningMessage("Monkey Coder: this server cannot say what it would send. Update it.");
    return;
  }
  const pieces = found.pieces.map(({ path, lines: [a, b], reason, tokens, text }) => `### ${path}, lines ${a}–${b}\n\n${reason} · ${tokens} tokens\n\n${fence(text)}`);
  const head = `# What a request here would send\n\n${found.tokens} of ${found.budget} tokens, gathered in ${Math.round(found.ms)} ms. Nothing was sent.`;
  answers.page("Monkey Coder: Context", [head, ...pieces].join("\n\n"));
}

function fence(text: string): string {
  const ticks = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([found]) => found.length + 1)));
  return `${ticks}\n${text}\n${ticks}`;
}

function isSession(value: unknown): value is EditSession {
  return typeof value === "object" && value !== null && "phase" in value;
}
