// Bundle the extension and the script of its web views into dist/, and put the server's wheel beside them.
import { build } from "esbuild";
import fs from "node:fs";
import path from "node:path";

const minify = process.argv.includes("--minify");
const withoutSemver = {
  name: "without-semver",
  setup(bundle) {
    bundle.onResolve({ filter: /^semver\/functions\// }, () => ({ path: path.resolve("scripts/semver.cjs") }));
  },
};
const common = { bundle: true, minify, sourcemap: minify ? false : "linked", logLevel: "warning", legalComments: "none" };
fs.rmSync("dist", { recursive: true, force: true });
await build({
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  plugins: [withoutSemver],
});
await build({
  ...common,
  entryPoints: ["src/webview/main.ts"],
  outfile: "dist/webview.js",
  platform: "browser",
  format: "iife",
  target: "es2022",
  tsconfig: "tsconfig.webview.json",
});
const wheels = process.env["MONKEY_CODER_WHEELS"];
if (wheels !== undefined && wheels !== "") {
  fs.cpSync(wheels, "dist/server", { recursive: true, filter: (name) => fs.statSync(name).isDirectory() || name.endsWith(".whl") });
}
