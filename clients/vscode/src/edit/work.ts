/** How an edit is worked on, in words: phases, models that race, and why an answer was kept. Pure. */

import type { CandidateReport, Phase, PhaseResult } from "@monkey-coder/sdk";

/** Where an edit stands, as far as the server has told. */
export interface Work {
  candidates?: CandidateReport[];
  phase?: Phase;
  phases?: PhaseResult[];
  forecast?: string;
  strategy?: string;
  why?: string;
  model?: string;
}

const ICONS: Record<CandidateReport["state"], string> = {
  waiting: "$(circle-outline)",
  running: "$(loading~spin)",
  passed: "$(pass)",
  failed: "$(error)",
  stopped: "$(circle-slash)",
  won: "$(pass-filled)",
};
const LONGEST = 90;

/** The phase to show: an edit of one phase is a plain one. */
export function phaseOf({ phase }: Work): Phase | undefined {
  return phase !== undefined && phase.of.length > 1 ? phase : undefined;
}

/** What is shown above an edit while it is written, a piece for each lens. */
export function pieces(work: Work): string[] {
  const { forecast = "", candidates = [] } = work;
  const phase = phaseOf(work);
  return [
    ...(phase === undefined ? [] : [phaseText(phase)]),
    ...candidates.map((one) => `${ICONS[one.state]} ${brief(one.model)}${said(one)}`),
    ...(forecast === "" ? [] : [`$(graph) ${forecast}`]),
  ];
}

/** The same in a few words, for the status bar; "" where there is nothing to say. */
export function inShort(work: Work): string {
  const { candidates = [] } = work;
  const phase = phaseOf(work);
  if (candidates.length > 1) {
    const count = (...states: CandidateReport["state"][]): number => candidates.filter(({ state }) => states.includes(state)).length;
    const failed = count("failed");
    return `${count("passed", "won", "failed", "stopped")} of ${candidates.length} models done${failed === 0 ? "" : `, ${failed} failed`}`;
  }
  return phase === undefined ? "" : `${phase.name}, ${phase.of.indexOf(phase.name) + 1} of ${phase.of.length}`;
}

/** Why this answer, in one line; "" where there was no choice. */
export function inOneLine({ why = "" }: Work): string {
  return why === "" ? "" : cut(`Why this one: ${why}`);
}

/** Whether there is more to tell than a model's name. */
export function hasStory({ why = "", candidates = [], phases = [] }: Work): boolean {
  return why !== "" || candidates.length > 1 || phases.length > 1;
}

/** All of it, in Markdown. */
export function story({ why = "", forecast = "", strategy, candidates = [], phases = [], model }: Work): string {
  const by = `Written by \`${model ?? "the server"}\`${strategy === undefined ? "" : `, strategy *${strategy}*`}.`;
  const tried = candidates.map((one) => [one.model, one.state, one.detail === one.model ? "" : one.detail, price(one.usd)]);
  const steps = phases.map((one) => [one.name, one.model, one.outcome, one.detail, price(one.usd)]);
  return [
    "# Why this one",
    why,
    by,
    forecast === "" ? "" : `Expected beforehand: ${forecast}.`,
    table("## Models", ["Model", "Outcome", "What came of it", "Cost"], tried),
    table("## Phases", ["Phase", "Model", "Outcome", "What came of it", "Cost"], steps),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function table(title: string, head: string[], lines: string[][]): string {
  const row = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return lines.length === 0 ? "" : [title, "", row(head), row(head.map(() => "---")), ...lines.map(row)].join("\n");
}

function phaseText({ name, of, model }: Phase): string {
  const now = of.indexOf(name);
  const steps = of.map((one, index) => (index < now ? `$(pass) ${one}` : index === now ? `$(loading~spin) ${one}` : one));
  return [steps.join(" › "), brief(model)].filter((part) => part !== "").join(" · ");
}

function said({ detail, usd, state }: CandidateReport): string {
  const parts = [state === "running" ? "" : state, cut(detail, 50), price(usd)];
  const text = parts.filter((part) => part !== "").join(", ");
  return text === "" ? "" : `: ${text}`;
}

function brief(model: string): string {
  return model.split("/").pop() ?? model;
}

function price(usd: number | null): string {
  return usd === null ? "" : usd === 0 ? "$0" : `$${usd.toPrecision(2)}`;
}

function cut(text: string, most = LONGEST): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
