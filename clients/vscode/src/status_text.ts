/** What the status bar says. Pure. */

import type { Status } from "@monkey-coder/sdk";

export interface Seen {
  life: "starting" | "running" | "missing" | "stopped";
  status: Status | undefined;
  paused: boolean;
  streaming: boolean;
  /** How the edit is worked on, in a few words. */
  doing?: string;
}

const NAME = "Monkey Coder";

export function statusText({ life, status, paused, streaming, doing = "" }: Seen): { text: string; isWarning: boolean } {
  switch (life) {
    case "starting":
      return { text: `$(loading~spin) ${NAME}`, isWarning: false };
    case "missing":
      return { text: `$(warning) ${NAME}: no server`, isWarning: true };
    case "stopped":
      return { text: `$(error) ${NAME}: stopped`, isWarning: true };
    case "running":
  }
  const isBusy = streaming || status?.state === "busy";
  const icon = isBusy ? "loading~spin" : paused ? "debug-pause" : status?.state === "limited" ? "warning" : "sparkle";
  if (status === undefined) {
    return { text: `$(${icon}) ${NAME}`, isWarning: false };
  }
  const model = status.model.split("/").pop() ?? status.model;
  const parts = [status.offline ? "offline" : model];
  if (status.state === "indexing") {
    parts.push("reading the project");
  }
  if (doing !== "") {
    parts.push(doing);
  }
  if (status.today.usd !== null && (!status.offline || status.today.usd > 0)) {
    parts.push(dollars(status.today.usd));
  }
  return { text: `$(${icon}) ${parts.join(" · ")}`, isWarning: status.state === "limited" };
}

export function statusTooltip({ life, status, paused }: Seen): string {
  if (life !== "running" || status === undefined) {
    const why = { starting: "The server is starting.", missing: "The server is not installed.", stopped: "The server is not running.", running: "The server is running." };
    return `**${NAME}**\n\n${why[life]}\n\nSelect for the menu.`;
  }
  const { today } = status;
  const limit = today.limitUsd === null ? "" : ` of ${dollars(today.limitUsd)}`;
  return [
    `**${NAME}** ${status.version}`,
    status.offline ? "Offline: the embedded engine answers; nothing leaves this machine." : `Answers: \`${status.model}\`  \nGhost text: \`${status.completes}\`${paused ? " (paused)" : ""}`,
    ...(["", "ready"].includes(status.detail) ? [] : [status.detail]),
    `Today: ${today.usd === null ? "cost not known" : dollars(today.usd)}${limit}, ${today.requests} requests, ${today.inputTokens} tokens in, ${today.outputTokens} out`,
    ...(status.index.state === "building" ? [`Project: ${status.index.detail}`] : []),
    ...(status.trusted ? [] : ["Restricted: this workspace is not trusted, so its settings name no address, key or command."]),
    "Select for the menu.",
  ].join("\n\n");
}

export function dollars(usd: number): string {
  return usd !== 0 && Math.abs(usd) < 0.01 ? "<$0.01" : `$${usd.toFixed(2)}`;
}
