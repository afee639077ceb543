import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the bill of materials names what is delivered, and nothing that only developers need", {
  timeout: 60_000,
}, () => {
  const bill = JSON.parse(execFileSync("npm", ["run", "-s", "sbom"], { encoding: "utf8", maxBuffer: 1e8 }));
  const refs: string[] = bill.components.map((component: { readonly "bom-ref": string }) => component["bom-ref"]);
  const names = new Set(refs.map((ref) => ref.slice(0, ref.lastIndexOf("@"))));
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  const manifests = [
    "services/signaling",
    "services/aggregator",
    "packages/core",
    "packages/runtime",
    "packages/client",
  ];
  const wanted = manifests.flatMap((folder) => Object.keys(packages[folder].dependencies ?? {}));
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  for (const { package: name } of JSON.parse(readFileSync("infra/supply-chain/known-holes.json", "utf8"))) {
    expect(names).toContain(name);
  }
  for (const name of ["vitest", "typescript", "@biomejs/biome", "testcontainers"]) expect(names).not.toContain(name);
  expect(bill.metadata.component.name).toBe("jongleur");
});
