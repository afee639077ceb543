// The borders between folders hold: the linter refuses what must not cross them.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const BORDER_RULES = /^lint\/(style\/noRestrictedImports|style\/noRestrictedGlobals|correctness\/noNodejsModules)$/;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jongleur-borders-"));
  copyFileSync("biome.json", join(folder, "biome.json"));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly diagnostics: readonly { readonly category: string; readonly location: { readonly path: string } }[];
}

/** Lints files of these sources below a copy of our settings. @returns the sources that a border rule refuses */
function refused(path: string, sources: readonly string[]): string[] {
  const file = (i: number) => join(path, `sample-${i}.ts`);
  mkdirSync(dirname(join(folder, file(0))), { recursive: true });
  for (const [i, source] of sources.entries()) writeFileSync(join(folder, file(i)), source);
  const args = ["lint", "--vcs-enabled=false", "--reporter=json", "--max-diagnostics=none", path];
  const { stdout } = spawnSync(resolve("node_modules/.bin/biome"), args, { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as Report;
  const paths = diagnostics.filter(({ category }) => BORDER_RULES.test(category)).map(({ location }) => location.path);
  return sources.filter((_, i) => paths.includes(file(i)));
}

const using = (specifier: string) => `import * as used from "${specifier}";\nexport const a = used;\n`;

const FOREIGN = [
  using("node:fs"),
  using("zod"),
  using("socket.io"),
  using("@jongleur/runtime"),
  using("../../runtime/src/logger.ts"),
  "export const now = () => Date.now();\n",
  "export const env = () => process.env;\n",
  "export const later = (f: () => void) => setTimeout(f, 1);\n",
];

test("protocol imports nothing, and knows neither time nor process", () => {
  const sources = [...FOREIGN, using("@jongleur/core"), using("./errors.ts")];
  expect(refused("packages/protocol/src", sources)).toEqual([...FOREIGN, using("@jongleur/core")]);
});

test("core knows the protocol, and has no I/O", () => {
  const sources = [...FOREIGN, using("@jongleur/protocol"), using("./room.ts")];
  expect(refused("packages/core/src", sources)).toEqual(FOREIGN);
});

test("client runs in a browser", () => {
  const foreign = [using("node:fs"), using("zod"), using("@jongleur/core"), using("../../core/src/turns.ts")];
  expect(refused("packages/client/src", [...foreign, using("@jongleur/protocol"), using("socket.io-client")])).toEqual(
    foreign,
  );
});

test("runtime knows nothing of signaling", () => {
  const signaling = [using("@jongleur/core"), using("@jongleur/client"), using("socket.io")];
  expect(refused("packages/runtime/src", [...signaling, using("node:fs"), using("zod")])).toEqual(signaling);
});

test("the aggregator knows nothing of how pods work", () => {
  const foreign = [
    using("@jongleur/signaling/settings"),
    using("@jongleur/client"),
    using("socket.io"),
    using("ioredis"),
  ];
  const own = [using("@jongleur/core"), using("@jongleur/runtime"), using("prom-client")];
  expect(refused("services/aggregator/src", [...foreign, ...own])).toEqual(foreign);
});
