// npm run audit: known holes in what is delivered, and, told apart from that, no answer of the registry.
import { spawnSync } from "node:child_process";
import { AUDIT_EXITS, verdictOf } from "./verdict.ts";

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
  shell: process.platform === "win32",
});
const { outcome, text } = verdictOf(stdout ?? "");
process.stdout.write(`${text}\n`);
process.exitCode = AUDIT_EXITS[outcome];
