/** The server's life: started, restarted once when it dies, stopped; and requests to it. */

import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  ProgressType,
  RevealOutputChannelOn,
  State,
  Trace,
  type FeatureState,
  type Middleware,
  type StaticFeature,
} from "vscode-languageclient/node";
import {
  Command,
  isMethodNotFound,
  request,
  type ClientExtensions,
  type ClientNotifications,
  type CommandArguments,
  type Method,
  type Params,
  type ProgressValue,
  type Result,
  type ServerNotifications,
} from "@monkey-coder/sdk";
import { log, said } from "../log";
import { findServer } from "./find";
import { installServer } from "./install";
import { sendableSettings } from "./sendable";

/** A server that has run this long has earned another restart. */
const STEADY_MS = 5 * 60_000;
const EXTENSIONS: ClientExtensions = { editPreview: true, answers: true, instructionPrompt: true, status: true };

export type Life = "starting" | "running" | "missing" | "stopped";

export class NotRunning extends Error {}

export class Connection implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly lives = new vscode.EventEmitter<Life>();
  private readonly lost = new vscode.EventEmitter<void>();
  private readonly listeners = new Map<string, ((params: never) => void)[]>();
  private readonly missing = new Set<string>();
  private diedAt = 0;
  private now: Life = "stopped";
  readonly onDidChangeLife = this.lives.event;
  /** The server died: what it knew of open edits is gone. */
  readonly onDidLose = this.lost.event;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly middleware: Middleware,
  ) {}

  get life(): Life {
    return this.now;
  }

  /** Start the server, or say what is missing and offer it. */
  async start(): Promise<void> {
    await this.stop();
    this.live("starting");
    const found = await findServer(this.context);
    if ("problem" in found) {
      this.live("missing");
      void this.offer(found.problem, found.isConfigured);
      return;
    }
    const { program, args } = found.command;
    const client = this.make(program, [...args, "lsp"]);
    this.client = client;
    this.missing.clear();
    try {
      await client.start();
    } catch (error) {
      log.error(`server: did not start: ${said(error)}`);
      this.live("stopped");
      void this.ask(`Monkey Coder's server did not start: ${said(error)}`, ["Show Log", "Restart"]);
    }
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.live("stopped");
    if (client !== undefined && client.state !== State.Stopped) {
      await client.stop(2000).catch((error: unknown) => log.warn(`server: ${said(error)}`));
    }
    await client?.dispose().catch((error: unknown) => log.debug(said(error)));
  }

  /** Send one of our requests. Throws NotRunning, in words that say what to do, without a server. */
  async request<M extends Method>(method: M, params: Params<M>, token?: vscode.CancellationToken): Promise<Result<M>> {
    const client = this.running();
    try {
      return await request<M, vscode.CancellationToken>(client, method, params, token);
    } catch (error) {
      if (isMethodNotFound(error)) {
        this.missing.add(method);
      }
      throw error;
    }
  }

  /** The same for what an older server may not have: undefined then. */
  async optional<M extends Method>(method: M, params: Params<M>): Promise<Result<M> | undefined> {
    if (this.missing.has(method) || this.now !== "running") {
      return undefined;
    }
    try {
      return await this.request(method, params);
    } catch (error) {
      if (!isMethodNotFound(error)) {
        log.warn(`${method}: ${said(error)}`);
      }
      return undefined;
    }
  }

  /** What a change by an instruction will probably come to, as the server's code action says it; "" if it is silent. */
  async forecast({ uri, range }: CommandArguments): Promise<string> {
    const start = { line: 0, character: 0 };
    const params = { textDocument: { uri }, range: range ?? { start, end: start }, context: { diagnostics: [], only: ["refactor"] } };
    try {
      const offered = await this.running().sendRequest<{ title: string; command?: { command?: string } }[] | null>("textDocument/codeAction", params);
      const edit = offered?.find(({ command }) => command?.command === Command.edit);
      return / \((≈.*)\)$/.exec(edit?.title ?? "")?.[1] ?? "";
    } catch (error) {
      log.debug(said(error)); // The box is of use without it.
      return "";
    }
  }

  /** Send a request whose params reach no log, whatever the log's level is. */
  async secretly<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const client = this.running();
    await client.setTrace(Trace.Off);
    try {
      return await this.request(method, params);
    } finally {
      const isTracing = log.logLevel === vscode.LogLevel.Trace;
      await client.setTrace(isTracing ? Trace.Messages : Trace.Off);
    }
  }

  notify<N extends keyof ClientNotifications>(method: N, params: ClientNotifications[N]): void {
    if (this.now === "running") {
      this.client?.sendNotification(method, params).catch((error: unknown) => log.debug(said(error)));
    }
  }

  on<N extends keyof ServerNotifications>(method: N, listener: (params: ServerNotifications[N]) => void): void {
    this.listeners.set(method, [...(this.listeners.get(method) ?? []), listener]);
  }

  /** Follow the progress of a request under a token of ours. */
  onProgress(token: string, listener: (value: ProgressValue) => void): vscode.Disposable {
    return this.running().onProgress(new ProgressType<ProgressValue>(), token, listener);
  }

  /** Tell the server of other settings that this extension alone knows of. */
  async settingsChanged(): Promise<void> {
    await this.client?.sendNotification("workspace/didChangeConfiguration", { settings: { monkeyCoder: sendableSettings() } });
  }

  dispose(): void {
    void this.stop();
    this.lives.dispose();
    this.lost.dispose();
  }

  private running(): LanguageClient {
    if (this.client === undefined || this.now !== "running") {
      throw new NotRunning(
        this.now === "starting"
          ? "Monkey Coder's server is still starting; try again in a moment."
          : "Monkey Coder's server is not running. Run “Monkey Coder: Restart the Server”.",
      );
    }
    return this.client;
  }

  private make(program: string, args: string[]): LanguageClient {
    const client = new LanguageClient(
      "monkeyCoder",
      "Monkey Coder",
      { run: { command: program, args }, debug: { command: program, args } },
      {
        documentSelector: [{ scheme: "file" }, { scheme: "untitled" }],
        outputChannel: log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        initializationOptions: () => ({ ...sendableSettings(), trusted: vscode.workspace.isTrusted }),
        synchronize: { configurationSection: "monkeyCoder" },
        middleware: this.middleware,
        initializationFailedHandler: () => false,
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          closed: () => this.closed(),
        },
      },
    );
    client.registerFeature(new Extensions());
    for (const [method, listeners] of this.listeners) {
      client.onNotification(method, (params: unknown) => {
        listeners.forEach((listener) => listener(params as never));
      });
    }
    client.onDidChangeState(({ newState }) => {
      if (client === this.client) {
        const lives = { [State.Running]: "running", [State.Starting]: "starting" } as Record<number, Life>;
        this.live(lives[newState] ?? "stopped");
      }
    });
    return client;
  }

  /** The server is gone: restart it once and say so; a second time, leave it to the user. */
  private closed(): { action: CloseAction; handled: true } {
    const now = Date.now();
    const isFirst = now - this.diedAt > STEADY_MS;
    this.diedAt = now;
    this.lost.fire();
    if (isFirst) {
      void this.ask(
        "Monkey Coder's server stopped unexpectedly and was started again. Nothing in your files was changed.",
        ["Show Log"],
      );
      return { action: CloseAction.Restart, handled: true };
    }
    void this.ask(
      "Monkey Coder's server stopped again and stays off. Nothing in your files was changed. See the log for why, then restart it.",
      ["Restart", "Show Log"],
    );
    return { action: CloseAction.DoNotRestart, handled: true };
  }

  private async ask(message: string, choices: string[]): Promise<void> {
    const chosen = await vscode.window.showErrorMessage(message, ...choices);
    if (chosen === "Show Log") {
      log.show();
    } else if (chosen === "Restart") {
      this.diedAt = 0;
      await this.start();
    }
  }

  /** Say what is missing, and offer to mend it. */
  private async offer(problem: string, isConfigured: boolean): Promise<void> {
    log.error(problem);
    const choices = isConfigured ? ["Open Settings", "Install the Server"] : ["Install the Server", "Open Settings"];
    const chosen = await vscode.window.showErrorMessage(problem, ...choices);
    if (chosen === "Open Settings") {
      await vscode.commands.executeCommand("workbench.action.openSettings", "monkeyCoder.server");
    } else if (chosen === "Install the Server") {
      await this.install();
    }
  }

  /** Install the server into its own environment and start it. */
  async install(): Promise<void> {
    await this.stop();
    this.live("missing");
    if (await installServer(this.context)) {
      await this.start();
    }
  }

  private live(life: Life): void {
    if (life !== this.now) {
      this.now = life;
      this.lives.fire(life);
    }
  }
}

/** Says at `initialize` which of the server's additions this client knows. */
class Extensions implements StaticFeature {
  fillClientCapabilities(capabilities: { experimental?: unknown }): void {
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), monkeyCoder: EXTENSIONS };
  }

  initialize(): void {}

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {}
}
