// The lock file holds no version with a hole that docs/security.md lists, and the page lists what is held to.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import holes from "../infra/supply-chain/known-holes.json" with { type: "json" };
import lock from "../package-lock.json" with { type: "json" };

const packages: object = lock.packages;
const installed = Object.entries<{ readonly version?: string }>({ ...packages }).flatMap(([path, { version }]) => {
  const name = path.split("node_modules/").at(-1) ?? "";
  return version === undefined ? [] : [{ name, version }];
});

/** Whether one version of three numbers is at least another; what follows a hyphen comes before the release. */
function isAtLeast(version: string, least: string): boolean {
  const [ours, theirs] = [version, least].map((text) => text.split(/[.-]/, 3).map(Number));
  for (const [n, part] of (theirs ?? []).entries()) {
    const own = ours?.[n] ?? 0;
    if (own !== part) return own > part;
  }
  return !version.includes("-");
}

test.each(holes)("every $package is $from or later", ({ package: name, from }) => {
  const versions = installed.filter((each) => each.name === name).map(({ version }) => version);
  expect(versions).not.toEqual([]);
  expect(versions.filter((version) => !isAtLeast(version, from))).toEqual([]);
});

test("docs/security.md lists the same, with the same advisories", () => {
  const page = readFileSync(new URL("../docs/security.md", import.meta.url), "utf8");
  const rows = holes.map(
    ({ package: name, from, advisories, hole }) => `| \`${name}\` | ${from} | ${advisories.join(", ")} | ${hole} |`,
  );
  for (const row of rows) expect(page).toContain(row);
  expect(page.match(/^\| `[\w.-]+` \| \d+\.\d+\.\d+ \|/gm)).toHaveLength(rows.length);
});

test.each([
  ["4.2.7", "4.2.7", true],
  ["4.2.10", "4.2.7", true],
  ["5.0.0", "4.2.7", true],
  ["4.2.6", "4.2.7", false],
  ["3.9.9", "4.2.7", false],
  ["4.2.7-beta.1", "4.2.7", false],
])("%s compared with %s", (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected);
});
