// Drives a real VS Code (code-server) in headless Chromium. A scenario is a function of one Drive.
//
// The only argument is a file of JSON: { node, codeServer, playwright, chromium, vsix, folder, home, shots, environment,
// settings, model }. Figures that a scenario notes are printed as one line of JSON at the end.
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "files.autoSave": "off",
  "editor.minimap.enabled": false,
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "editor.accessibilitySupport": "off",
  "editor.autoClosingBrackets": "never",
  "window.dialogStyle": "custom",
  "git.enabled": false,
};
// A machine of a build service may be slow, and this matters only where a scenario fails.
const ANSWER_MS = 90_000;

export async function drive(scenario) {
  const given = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
  const drive = new Drive(given);
  let failure;
  try {
    await drive.start();
    await scenario(drive);
  } catch (error) {
    failure = error;
    console.error(error);
    await drive.shot("FAILED").catch(() => {});
  } finally {
    await drive.stop();
  }
  console.log(JSON.stringify(drive.figures));
  process.exit(failure === undefined ? 0 : 1);
}

export class Drive {
  figures = {};
  outside = new Set();
  shots = 0;

  constructor(given) {
    this.given = given;
  }

  async start() {
    const { home, folder, shots, settings = {}, environment, node, codeServer, vsix, trust = false } = this.given;
    const data = path.join(home, "code");
    for (const name of ["User", "Machine"]) {
      fs.mkdirSync(path.join(data, name), { recursive: true });
      fs.writeFileSync(path.join(data, name, "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }, null, 1));
    }
    fs.mkdirSync(shots, { recursive: true });
    const base = [codeServer, "--user-data-dir", data, "--extensions-dir", path.join(home, "extensions")];
    const env = { ...environment, VSCODE_PROXY_URI: "", CS_DISABLE_GETTING_STARTED_OVERRIDE: "1" };
    execFileSync(node, [...base, "--install-extension", vsix], { env, stdio: ["ignore", "pipe", "pipe"] });
    const port = await freePort();
    const options = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
    const log = fs.openSync(path.join(shots, "code-server.log"), "w");
    this.server = spawn(node, [...base, ...options, ...(trust ? [] : ["--disable-workspace-trust"]), ...(this.given.options ?? []), folder], { env, detached: true, stdio: ["ignore", log, log] });
    await this.until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, "code-server");
    await this.browse(port);
  }

  async browse(port) {
    const { chromium } = createRequire(path.join(this.given.playwright, "x.js"))("playwright-core");
    this.browser = await chromium.launchPersistentContext(path.join(this.given.home, "profile"), {
      executablePath: this.given.chromium,
      headless: true,
      viewport: { width: 1400, height: 860 },
      args: FLAGS,
    });
    const isOutside = (url) => url.protocol.startsWith("http") && !["127.0.0.1", "localhost"].includes(url.hostname) && !url.hostname.endsWith(".localhost");
    await this.browser.route(isOutside, (route) => {
      this.outside.add(new URL(route.request().url()).hostname);
      return route.abort();
    });
    this.browser.setDefaultTimeout(ANSWER_MS);
    this.page = this.browser.pages()[0] ?? (await this.browser.newPage());
    this.url = `http://127.0.0.1:${port}/?folder=${encodeURIComponent(this.given.folder)}`;
    if (this.given.suite === undefined) {
      await this.page.goto(this.url);
      await this.page.waitForSelector(".monaco-workbench");
    }
  }

  async stop() {
    await this.browser?.close().catch(() => {});
    for (const signal of ["SIGTERM", "SIGKILL"]) {
      try {
        process.kill(-this.server.pid, signal);
      } catch {
        // It has ended already.
      }
      await sleep(400);
    }
    this.keepLogs();
  }

  keepLogs() {
    const logs = path.join(this.given.home, "code", "logs");
    for (const file of fs.existsSync(logs) ? fs.readdirSync(logs, { recursive: true }) : []) {
      if (/Monkey Coder\.log$/.test(file)) {
        fs.copyFileSync(path.join(logs, file), path.join(this.given.shots, "extension.log"));
      }
    }
  }

  async shot(name) {
    this.shots += 1;
    await this.page.screenshot({ path: path.join(this.given.shots, `${String(this.shots).padStart(2, "0")}-${name}.png`) });
  }

  note(name, value) {
    this.figures[name] = value;
    console.error(`${name}: ${JSON.stringify(value)}`);
  }

  async until(holds, what, ms = ANSWER_MS) {
    const end = Date.now() + ms;
    for (;;) {
      const value = await Promise.resolve().then(holds).catch(() => undefined);
      if (value) {
        return value;
      }
      if (Date.now() > end) {
        throw new Error(`waited ${ms} ms for ${what}`);
      }
      await sleep(25);
    }
  }

  // The workbench

  async open(file) {
    const input = await this.quickInput("Control+P");
    await input.fill(file);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: file }).first().click();
    await this.page.locator(".tab.active", { hasText: file }).waitFor();
    await this.page.locator(".editor-instance .view-line").first().waitFor();
  }

  async ready() {
    await this.status(/^(?!.*(starting|stopped|no server))/).waitFor();
    await this.page.locator('.statusbar-item[id*="monkeyCoder"] .codicon-sparkle').waitFor();
  }

  // The box that a key opens; the workbench listens to keys somewhat later than it is there.
  async quickInput(key) {
    const input = this.page.locator(".quick-input-widget input");
    await this.again(
      () => this.press(key),
      () => input.isVisible(),
      `the box of ${key}`,
    );
    return input;
  }

  // Do something until it has come to what it should, each time after some seconds of waiting.
  async again(act, holds, what) {
    for (let left = 8; ; left--) {
      await act();
      try {
        return await this.until(holds, what, ANSWER_MS / 9);
      } catch (error) {
        if (left === 0) {
          throw error;
        }
      }
    }
  }

  // Show what stands behind something while the pointer is over it.
  async hover(target, text) {
    const shown = this.page.locator(".workbench-hover", { hasText: text });
    await this.again(
      async () => {
        await this.page.mouse.move(700, 400);
        await target.hover();
      },
      () => shown.isVisible(),
      `${text} on hovering`,
    );
  }

  status(text) {
    return this.page.locator('.statusbar-item[id*="monkeyCoder"]', { hasText: text });
  }

  async command(label) {
    const input = await this.quickInput("F1");
    await input.fill(`>${label}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: label }).first().click();
  }

  async lightBulb(title, name) {
    const row = this.page.locator(".action-widget .monaco-list-row", { hasText: title }).first();
    await this.again(
      async () => {
        if (await this.page.locator(".action-widget").isVisible()) {
          await this.press("Escape");
        }
        await sleep(500); // The selection is told to the server first.
        await this.press("Control+Period");
      },
      () => row.isVisible(),
      `the light bulb's ${title}`,
    );
    if (name !== undefined) {
      await this.shot(name);
    }
    await row.click();
  }

  async select(first, last) {
    await this.focus();
    await this.page.keyboard.press("Control+Home");
    for (let line = 1; line < first; line++) {
      await this.page.keyboard.press("ArrowDown");
    }
    for (let line = first; line <= last; line++) {
      await this.page.keyboard.press("Shift+ArrowDown");
    }
  }

  // Ask for a change of lines by the box, with a screenshot of it if a name is given.
  async instruct(first, last, instruction, name) {
    await this.select(first, last);
    await this.press("Control+Alt+E");
    await this.answerBox(instruction, name);
  }

  // Write an instruction into the box that asks for it.
  async answerBox(instruction, name) {
    await this.page.locator(".quick-input-widget", { hasText: "Monkey Coder: change" }).waitFor();
    // It is shown before the keys go to it.
    await this.until(
      () => this.page.evaluate(() => document.activeElement?.closest(".quick-input-widget") !== null),
      "the box to take keys",
    );
    await this.type(instruction);
    if (name !== undefined) {
      await this.shot(name);
    }
    await this.press("Enter");
  }

  async focus() {
    const isThere = () => this.page.evaluate(() => document.activeElement?.closest(".editor-instance") !== null);
    await this.again(() => this.press("Control+1"), isThere, "the editor to take keys");
  }

  async type(text, options) {
    await this.page.keyboard.type(text, options);
  }

  async press(...keys) {
    for (const key of keys) {
      await this.page.keyboard.press(key);
    }
  }

  text() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll(".editor-instance .view-lines .view-line")]
        .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
        .map((line) => line.textContent.replaceAll("\u00a0", " "))
        .join("\n"),
    );
  }

  ghost() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll(".ghost-text-decoration, .ghost-text")].map((one) => one.textContent.replaceAll("\u00a0", " ")).join(""),
    );
  }

  // The lines of a preview: those drawn as added, and the rows marked as removed.
  painted() {
    return this.page.evaluate(() => {
      const added = [];
      for (const one of document.querySelectorAll(".view-lines [class*=ced-]")) {
        const { content } = getComputedStyle(one, "::after");
        const text = content.replace(/^"|"$/g, "").replaceAll("\\", "").replaceAll("\u00a0", " ");
        if (text.startsWith("+ ") && !added.includes(text)) {
          added.push(text);
        }
      }
      const removed = [...document.querySelectorAll(".view-overlays [class*=ced-]")].filter((one) => {
        const { borderLeftWidth } = getComputedStyle(one);
        return borderLeftWidth === "3px";
      }).length;
      return { added, removed };
    });
  }

  // Note on every frame when a first added line is there, and when none is any more.
  async watchPaint() {
    await this.page.evaluate(() => {
      window.paintAt = { first: 0, gone: 0, escaped: 0 };
      window.addEventListener("keydown", ({ key }) => key === "Escape" && (window.paintAt.escaped = Date.now()), true);
      const has = () =>
        [...document.querySelectorAll(".view-lines [class*=ced-]")].some((one) => /^"\+/.test(getComputedStyle(one, "::after").content));
      const look = () => {
        const at = window.paintAt;
        const there = has();
        if (there && at.first === 0) {
          at.first = Date.now();
        }
        if (there) {
          at.gone = 0;
        } else if (at.first !== 0 && at.gone === 0) {
          at.gone = Date.now();
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  }

  // How long each character took from its key to the text on the screen, the slowest last.
  async typeTimed(text) {
    await this.page.evaluate(() => {
      window.keyTimes = [];
      const down = () => {
        const at = performance.now();
        const seen = new MutationObserver(() => {
          seen.disconnect();
          window.keyTimes.push(performance.now() - at);
        });
        seen.observe(document.querySelector(".editor-instance .view-lines"), { subtree: true, childList: true, characterData: true });
      };
      window.addEventListener("keydown", down, true);
    });
    await this.type(text, { delay: 60 });
    const times = await this.until(async () => {
      const seen = await this.page.evaluate(() => window.keyTimes);
      return seen.length * 2 > text.length && seen;
    }, "what was typed on the screen");
    return times.map(Math.round).sort((a, b) => a - b);
  }

  paintAt() {
    return this.page.evaluate(() => window.paintAt);
  }

  lens(text, index = 0) {
    return this.page.locator(".codelens-decoration a", { hasText: text }).nth(index);
  }

  disk(file) {
    return fs.readFileSync(path.join(this.given.folder, file), "utf8");
  }

  // Save until the file is as it should be: told by a function of its text, or by the text itself.
  async saved(file, wanted) {
    const holds = typeof wanted === "string" ? (text) => text === wanted : wanted;
    const isClean = () => this.page.evaluate(() => document.querySelector(".tab.active.dirty") === null);
    await this.again(
      () => this.press("Control+S"),
      async () => holds(this.disk(file)) && (await isClean()),
      `${file} as it should be on disk`,
    );
  }

  toast(text) {
    return this.page.locator(".notification-toast", { hasText: text });
  }

  // The document inside a web view: an iframe in an iframe.
  async webview(selector) {
    return this.until(async () => {
      for (const frame of this.page.frames()) {
        if ((await frame.locator(selector).count().catch(() => 0)) > 0) {
          return frame;
        }
      }
      return undefined;
    }, `a web view with ${selector}`);
  }

  async modelLog() {
    return (await fetch(`${this.given.model}/log`)).json();
  }

  // Have the model stop after so many lines of each answer, and go on.
  async hold(lines) {
    await fetch(`${this.given.model}/hold/${lines}`);
  }

  async go() {
    await fetch(`${this.given.model}/go`);
  }

  async painting(count) {
    return this.until(async () => (await this.painted()).added.length >= count, `${count} painted lines`);
  }
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
