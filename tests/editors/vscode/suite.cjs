// Runs inside VS Code's extension host, against the real server with no key and no network.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(holds, what, ms = 90_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await holds();
    if (value) {
      return value;
    }
    assert.ok(Date.now() < end, `waited for ${what}`);
    await sleep(25);
  }
}

const root = () => vscode.workspace.workspaceFolders[0].uri;

async function show(name) {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(root(), name));
  return vscode.window.showTextDocument(document);
}

function whole(document) {
  return new vscode.Range(0, 0, document.lineCount, 0);
}

async function lenses(document) {
  return (await vscode.commands.executeCommand("vscode.executeCodeLensProvider", document.uri)).map(({ command }) => command);
}

async function actions(document, range) {
  return until(async () => {
    const found = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, range);
    const ours = found.filter(({ title }) => title.startsWith("Monkey Coder"));
    return ours.length > 0 && ours;
  }, "code actions");
}

const tests = {
  async "every command of the manifest is there"() {
    const extension = vscode.extensions.getExtension("monkey-coder.monkey-coder");
    await extension.activate();
    const known = new Set(await vscode.commands.getCommands(true));
    const missing = extension.packageJSON.contributes.commands.map(({ command }) => command).filter((command) => !known.has(command));
    assert.deepEqual(missing, []);
    await until(async () => (await vscode.commands.getCommands(true)).includes("monkeyCoder.edit"), "the server's commands");
  },

  async "code actions are offered, with a fix for a problem"() {
    const { document } = await show("report.py");
    const offered = await actions(document, whole(document));
    const titles = offered.map(({ title }) => title);
    for (const title of ["Document", "Explain selection", "Write tests", "Change selection by an instruction…"]) {
      assert.ok(titles.includes(`Monkey Coder: ${title}`), titles.join(", "));
    }
    const problems = vscode.languages.createDiagnosticCollection("test");
    problems.set(document.uri, [new vscode.Diagnostic(new vscode.Range(1, 11, 1, 15), 'Undefined name "json"')]);
    const [fix] = (await actions(document, new vscode.Range(1, 11, 1, 15))).filter(({ kind }) => kind?.contains(vscode.CodeActionKind.QuickFix));
    assert.match(fix.title, /Fix: Undefined name/);
    await vscode.commands.executeCommand(fix.command.command, ...fix.command.arguments);
    assert.ok(!document.getText().startsWith("import json"), "a preview changes nothing");
    await vscode.commands.executeCommand("monkeyCoder.acceptAll");
    await until(() => document.getText().startsWith("import json\n"), "the import");
    problems.dispose();
    await vscode.commands.executeCommand("undo");
    assert.ok(!document.getText().startsWith("import json"));
    await document.save();
  },

  async "lenses accept and reject; reject leaves the text"() {
    const editor = await show("prices.py");
    const { document } = editor;
    const before = document.getText();
    editor.selection = new vscode.Selection(0, 0, 8, 0);
    await vscode.commands.executeCommand("monkeyCoder.documentSelection");
    const found = await until(async () => {
      const all = await lenses(document);
      return all.some(({ title }) => title.includes("Accept")) && all;
    }, "lenses");
    assert.equal(found.filter(({ command }) => command === "monkeyCoder.acceptAll").length, 1);
    const one = found.filter(({ command }) => command === "monkeyCoder.rejectChange");
    assert.equal(one.length, 2, "a docstring for each function");
    await vscode.commands.executeCommand(one[0].command, ...one[0].arguments);
    await until(async () => (await lenses(document)).filter(({ command }) => command === "monkeyCoder.rejectChange").length === 1, "one left");
    assert.equal(document.getText(), before);
    await vscode.commands.executeCommand("monkeyCoder.rejectAll");
    await until(async () => (await lenses(document)).length === 0, "no lens");
    assert.equal(document.getText(), before);
  },

  async "a change moves with what is typed above it"() {
    const editor = await show("prices.py");
    const { document } = editor;
    editor.selection = new vscode.Selection(0, 0, 4, 0);
    await vscode.commands.executeCommand("monkeyCoder.documentSelection");
    await until(async () => (await lenses(document)).length > 0, "lenses");
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), "import decimal\n\n\n"));
    await vscode.commands.executeCommand("monkeyCoder.acceptAll");
    await until(() => document.getText().includes('"""'), "the docstring");
    const lines = document.getText().split("\n");
    assert.equal(lines[3], "def discounted(price, percent):");
    assert.match(lines[4], /^ {4}"""/);
    await vscode.commands.executeCommand("undo");
    await vscode.commands.executeCommand("undo");
    await document.save();
  },

  async "tests go to a file of their own, shown side by side, created on accept"() {
    const editor = await show("prices.py");
    editor.selection = new vscode.Selection(0, 0, 8, 0);
    await vscode.commands.executeCommand("monkeyCoder.writeTests");
    const tab = await until(
      () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find(({ input }) => input instanceof vscode.TabInputTextDiff),
      "the diff",
    );
    const proposed = await vscode.workspace.openTextDocument(tab.input.modified);
    assert.match(proposed.getText(), /def test_|class Test/);
    const target = path.join(root().fsPath, path.relative(root().path, tab.input.modified.path));
    assert.ok(!fs.existsSync(target), "not there before it is accepted");
    await vscode.commands.executeCommand("monkeyCoder.acceptAll");
    await until(() => fs.existsSync(target), "the file");
    await until(() => !vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).includes(tab), "the diff closed");
  },
};

exports.run = async function run() {
  const failed = [];
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`TEST passed: ${name}`);
    } catch (error) {
      failed.push(name);
      console.log(`TEST FAILED: ${name}: ${error.stack}`);
    }
  }
  if (failed.length > 0) {
    throw new Error(`failed: ${failed.join("; ")}`);
  }
};
