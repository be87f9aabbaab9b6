// Run the tests of the parts that need no editor.
import { spawnSync } from "node:child_process";
import { build } from "esbuild";
import fs from "node:fs";
import path from "node:path";

const names = fs.readdirSync("test/unit").filter((name) => name.endsWith(".test.ts"));
const out = "dist/unit";
fs.rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: names.map((name) => path.join("test/unit", name)),
  outdir: out,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  logLevel: "warning",
});
const files = fs.readdirSync(out).map((name) => path.join(out, name));
process.exit(spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1);
