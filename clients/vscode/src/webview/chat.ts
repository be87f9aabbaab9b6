/** The chat view: a conversation, the box to write in, and the list of conversations. */

import type { FromView, ToView, Turn } from "../chat/messages";
import { button, make, render } from "./render";

const SEARCH_MS = 250;

export class Chat {
  private readonly heading = make("h1", "title", "New conversation");
  private readonly turns = make("div", "turns");
  private readonly live = make("div", "turn assistant live");
  private readonly liveText = make("div", "text");
  private readonly liveStatus = make("div", "status busy");
  private readonly box = make("textarea");
  private readonly send: HTMLButtonElement;
  private readonly withFile = make("input");
  private readonly file = make("span", "file");
  private readonly list = make("section", "list");
  private readonly found = make("div", "found");
  private readonly search = make("input");
  private readonly main = make("main");
  private busy = false;
  private sticks = true;
  private timer = 0;

  constructor(
    root: HTMLElement,
    private readonly post: (message: FromView) => void,
  ) {
    this.send = button("Send", "Send (Enter)", () => this.submit(), "primary");
    const history = button("History", "Conversations of this project", () => this.toggleList(), "quiet");
    const header = make("header", "", this.heading, history);
    this.live.append(make("div", "role", "Monkey Coder"), this.liveText, this.liveStatus);
    this.live.hidden = true;
    this.live.setAttribute("aria-live", "polite");
    this.main.append(this.turns, this.live);
    this.main.addEventListener("scroll", () => {
      this.sticks = this.main.scrollTop + this.main.clientHeight > this.main.scrollHeight - 24;
    });
    root.append(header, this.listPane(), this.main, this.writer());
    this.empty("Ask about this project, or about the code you have selected.");
  }

  take(message: ToView): void {
    switch (message.kind) {
      case "turns":
        this.list.hidden = true;
        this.heading.textContent = message.title;
        this.show(message.turns);
        break;
      case "stream":
        this.stream(message.text, message.busy, message.message);
        break;
      case "context":
        this.file.textContent = message.label;
        this.file.title = message.label;
        this.withFile.disabled = message.label === "";
        break;
      case "conversations":
        this.conversations(message.list, message.query);
        break;
      case "prefill":
        this.box.value = message.text;
        this.box.focus();
        break;
      case "unavailable":
        this.empty(message.text);
        break;
    }
  }

  private writer(): HTMLElement {
    this.box.rows = 3;
    this.box.placeholder = "Ask Monkey Coder…";
    this.box.setAttribute("aria-label", "Message");
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      } else if (event.key === "Escape" && this.busy) {
        this.post({ kind: "cancel" });
      }
    });
    this.withFile.type = "checkbox";
    this.withFile.checked = true;
    const label = make("label", "with", this.withFile, "Include ", this.file);
    label.title = "Send the active file, or what is selected in it, along with the message";
    return make("footer", "writer", this.box, make("div", "row", label, this.send));
  }

  private listPane(): HTMLElement {
    this.search.type = "search";
    this.search.placeholder = "Search all conversations…";
    this.search.setAttribute("aria-label", "Search conversations");
    this.search.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.post({ kind: "list", query: this.search.value.trim() }), SEARCH_MS);
    });
    this.list.append(this.search, this.found);
    this.list.hidden = true;
    return this.list;
  }

  private toggleList(): void {
    this.list.hidden = !this.list.hidden;
    if (!this.list.hidden) {
      this.post({ kind: "list", query: this.search.value.trim() });
      this.search.focus();
    }
  }

  private submit(): void {
    if (this.busy) {
      this.post({ kind: "cancel" });
      return;
    }
    const text = this.box.value.trim();
    if (text !== "") {
      this.box.value = "";
      this.post({ kind: "send", text, withFile: this.withFile.checked });
    }
  }

  private show(turns: readonly Turn[]): void {
    this.turns.replaceChildren(...turns.map((turn) => this.turn(turn)));
    if (turns.length === 0) {
      this.empty("Ask about this project, or about the code you have selected.");
    }
    this.sticks = true;
    this.scroll();
  }

  private turn({ role, text, footer, error }: Turn): HTMLElement {
    const body = make("div", "text");
    if (role === "user") {
      body.textContent = text;
    } else {
      this.render(body, text);
    }
    const made = make("div", `turn ${role}${error === true ? " error" : ""}`);
    made.append(make("div", "role", role === "user" ? "You" : "Monkey Coder"), body);
    if (footer !== undefined && footer !== "") {
      made.append(make("div", "status", footer));
    }
    return made;
  }

  private stream(text: string, busy: boolean, message: string): void {
    this.busy = busy;
    this.live.hidden = !busy;
    this.send.textContent = busy ? "Stop" : "Send";
    this.send.title = busy ? "Stop the answer (Esc)" : "Send (Enter)";
    this.render(this.liveText, text);
    this.liveStatus.textContent = message;
    this.scroll();
  }

  private conversations(list: Extract<ToView, { kind: "conversations" }>["list"], query: string): void {
    if (list.length === 0) {
      this.found.replaceChildren(make("p", "hint", query === "" ? "No conversations yet." : `Nothing found for “${query}”.`));
      return;
    }
    this.found.replaceChildren(
      ...list.map(({ id, title, updated, messages, pinned, matches }) => {
        const open = button(title === "" ? "Untitled" : title, "Open this conversation", () => this.post({ kind: "open", id }), "open");
        const when = make("span", "when", `${new Date(updated).toLocaleDateString()} · ${messages} messages`);
        const pin = button(pinned ? "Unpin" : "Pin", pinned ? "Unpin" : "Keep at the top", () => this.post({ kind: "pin", id, pinned: !pinned }), "quiet");
        const remove = button("Delete", "Delete this conversation", () => this.post({ kind: "forget", id, title }), "quiet");
        const snippets = (matches ?? []).slice(0, 2).map(({ snippet }) => make("p", "snippet", snippet));
        return make("div", "conversation", make("div", "row", open, pin, remove), when, ...snippets);
      }),
    );
  }

  private empty(text: string): void {
    this.turns.replaceChildren(make("p", "hint", text));
  }

  private render(into: HTMLElement, text: string): void {
    render(into, text, (action, code, language) => this.post({ kind: "code", action, text: code, language }));
  }

  private scroll(): void {
    if (this.sticks) {
      this.main.scrollTop = this.main.scrollHeight;
    }
  }
}
