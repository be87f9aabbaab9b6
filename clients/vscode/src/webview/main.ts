/** The chat view, the panel of an answer and that of alternatives: one page, told apart by `data-mode`. */

import type { FromView, ToView } from "../chat/messages";
import { alternatives } from "./alternatives";
import { Chat } from "./chat";
import { make, render } from "./render";

declare function acquireVsCodeApi(): { postMessage(message: FromView): void };

const api = acquireVsCodeApi();
const postMessage = (message: FromView): void => api.postMessage(message);
const root = document.getElementById("root");
if (root !== null) {
  const modes = { answer, chat, alternatives: (into: HTMLElement) => alternatives(into, postMessage) };
  const show = modes[document.body.dataset["mode"] as keyof typeof modes](root);
  window.addEventListener("message", (event: MessageEvent<ToView>) => show(event.data));
  postMessage({ kind: "ready" });
}

function chat(into: HTMLElement): (message: ToView) => void {
  const view = new Chat(into, postMessage);
  return (message) => view.take(message);
}

function answer(into: HTMLElement): (message: ToView) => void {
  const text = make("article", "answer");
  const footer = make("footer", "status");
  footer.setAttribute("role", "status");
  into.append(text, footer);
  return (message) => {
    if (message.kind === "stream") {
      render(text, message.text, (action, code, language) => postMessage({ kind: "code", action, text: code, language }));
      footer.textContent = message.message;
      footer.classList.toggle("busy", message.busy);
    }
  };
}
