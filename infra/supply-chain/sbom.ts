// npm run -s sbom: a bill of materials (CycloneDX) of what is delivered, from the lock file alone.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { deliveredOf, type LockFile } from "./delivered.ts";

const { stdout, stderr, status } = spawnSync("npm", ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
  shell: process.platform === "win32",
});
if (status === 0) {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as LockFile & { readonly name: string };
  process.stdout.write(`${JSON.stringify(deliveredOf(JSON.parse(stdout), lock, lock.name), null, 2)}\n`);
} else {
  process.stderr.write(stderr);
  process.exitCode = 1;
}
