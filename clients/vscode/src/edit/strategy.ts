/** Choose how one request is worked on; the setting `monkeyCoder.strategy` says it for all others. */

import * as vscode from "vscode";
import type { Strategy } from "@monkey-coder/sdk";

const STRATEGIES: (vscode.QuickPickItem & { strategy: Strategy })[] = [
  { strategy: "auto", label: "$(wand) Auto", description: "what is worth its price, by what became of earlier requests" },
  { strategy: "direct", label: "$(arrow-right) Direct", description: "one model, one call" },
  { strategy: "sequential", label: "$(list-ordered) Sequential", description: "plan, implement, test, review, one after the other" },
  { strategy: "parallel", label: "$(split-horizontal) Parallel", description: "several models at once; the best answer is kept" },
  { strategy: "cascade", label: "$(fold-down) Cascade", description: "the cheapest model first, a stronger one where its answer fails" },
];

export async function chooseStrategy(): Promise<Strategy | undefined> {
  const title = "How is it worked on?";
  return (await vscode.window.showQuickPick(STRATEGIES, { title, matchOnDescription: true }))?.strategy;
}
