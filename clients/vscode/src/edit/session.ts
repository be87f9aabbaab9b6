/** One proposed edit: what the server said of it so far, kept in place while the user types. */

import * as vscode from "vscode";
import type { CommandResult, FileEdit, Hunk, ProgressValue } from "@monkey-coder/sdk";
import { shiftAll, type Typed } from "./shift";
import type { Work } from "./work";

export type Phase = "streaming" | "ready" | "over";

/** The changes of one file that are neither accepted nor rejected yet. */
export interface OpenFile {
  uri: string;
  version: number | null;
  creates: boolean;
  hunks: Hunk[];
}

export class EditSession {
  readonly cancel = new vscode.CancellationTokenSource();
  id = "";
  phase: Phase = "streaming";
  message = "thinking";
  /** How it is worked on, as far as there is more to say than the message. */
  work: Work = {};
  files: OpenFile[] = [];
  /** The server that made this edit died: what is accepted is applied from here. */
  isOrphan = false;
  /** Hunks whose acceptance is under way: shown no more, but not forgotten. */
  readonly applying = new Set<number>();
  private readonly journal: { uri: string; version: number; typed: Typed[] }[] = [];

  constructor(
    readonly label: string,
    readonly uri: string,
    /** The line that it was asked at. */
    readonly line: number,
  ) {}

  /** Take a report of progress; what it leaves out stays as it was. */
  report({ message, session, edits, candidates, phase, forecast }: ProgressValue & { kind: "report" }): void {
    this.message = message ?? this.message;
    this.id = session ?? this.id;
    this.work = { ...this.work, ...(candidates && { candidates }), ...(phase && { phase }), ...(forecast && { forecast }) };
    if (edits !== undefined) {
      this.take(edits);
    }
  }

  /** Take the result: from here on it can be accepted and rejected. */
  arrive(id: string, edits: readonly FileEdit[], result: CommandResult): void {
    const { why, forecast, phases, strategy, model } = result;
    this.id = id;
    this.phase = "ready";
    this.message = result.message;
    this.work = { ...this.work, ...(why && { why }), ...(forecast && { forecast }), ...(phases && { phases }), ...(strategy && { strategy }), ...(model && { model }) };
    this.take(edits, result.open);
  }

  /** Take what the server sent; the ranges are of the version that it names. */
  take(edits: readonly FileEdit[], open?: readonly number[]): void {
    this.files = edits.map((edit) => {
      let hunks = edit.hunks.filter(({ id }) => open?.includes(id) ?? true);
      for (const entry of this.journal) {
        if (entry.uri === edit.uri && edit.version !== null && entry.version > edit.version) {
          hunks = shiftAll(hunks, entry.typed) ?? [];
        }
      }
      return { uri: edit.uri, version: edit.version, creates: edit.creates ?? false, hunks };
    });
  }

  /** Move what is open along with what the user typed. The server says if that ends the edit. */
  typed(uri: string, version: number, changes: readonly Typed[]): void {
    this.journal.push({ uri, version, typed: [...changes] });
    for (const file of this.files) {
      if (file.uri === uri) {
        const rest = file.hunks.filter(({ id }) => !this.applying.has(id));
        const taken = file.hunks.filter(({ id }) => this.applying.has(id));
        file.hunks = [...taken, ...(shiftAll(rest, changes) ?? rest)];
        file.version = version;
      }
    }
  }

  /** The changes of a file to show. */
  shown(uri: string): Hunk[] {
    return this.files.filter((file) => file.uri === uri).flatMap((file) => file.hunks.filter(({ id }) => !this.applying.has(id)));
  }

  /** The ids of all changes that wait. */
  get open(): number[] {
    return this.files.flatMap((file) => file.hunks.map(({ id }) => id));
  }

  /** Forget changes that were accepted or rejected. */
  drop(ids: readonly number[]): void {
    for (const file of this.files) {
      file.hunks = file.hunks.filter(({ id }) => !ids.includes(id));
    }
    this.files = this.files.filter(({ hunks }) => hunks.length > 0);
  }

  concerns(uri: string): boolean {
    return this.uri === uri || this.files.some((file) => file.uri === uri);
  }
}

/** The changes of an edit as one change of the workspace. */
export function asWorkspaceEdit(files: readonly OpenFile[], ids: readonly number[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  for (const file of files) {
    const uri = vscode.Uri.parse(file.uri);
    if (file.creates) {
      edit.createFile(uri, { ignoreIfExists: true });
    }
    for (const { id, range, newText } of file.hunks) {
      if (ids.includes(id)) {
        edit.replace(uri, asRange(range), newText);
      }
    }
  }
  return edit;
}

export function asRange(range: Hunk["range"]): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}
