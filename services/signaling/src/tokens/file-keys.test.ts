import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTokenKeys } from "./keys.ts";
import { createVerifier, type VerifyToken } from "./verifier.ts";

let folder: string;
let path: string;
let told: (string | undefined)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jongleur-"));
  path = join(folder, "secrets");
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(): VerifyToken {
  const read = readTokenKeys({ jwtSecretFile: path });
  if ("faults" in read || read.keys.kind === "none") throw new Error(JSON.stringify(read));
  const keys = read.keys.open((fault) => told.push(fault));
  return createVerifier({ keys, issuer: "", audience: "", maxLifetimeSeconds: 0, now: Date.now });
}

const tokenBy = (secret: string) =>
  new SignJWT({ sub: "u" }).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(secret));
const outcomesOf = async (verify: VerifyToken, ...secrets: readonly string[]) =>
  Promise.all(secrets.map(async (secret) => (await verify(await tokenBy(secret))).outcome));

test("each line is a secret, commas, blanks and all", async () => {
  writeFileSync(path, "one, and one\r\n\n two \n");
  expect(await outcomesOf(open(), "one, and one", " two ", "one", "two")).toEqual([
    "valid",
    "valid",
    "refused",
    "refused",
  ]);
});

test("a secret that is added is good at once", async () => {
  writeFileSync(path, "one");
  const verify = open();
  expect(await outcomesOf(verify, "one", "two")).toEqual(["valid", "refused"]);
  writeFileSync(path, "two\none");
  expect(await outcomesOf(verify, "two", "one")).toEqual(["valid", "valid"]);
});

test("one that is taken away is soon worth nothing, also where the file is another behind a link", async () => {
  writeFileSync(join(folder, "first"), "one\ntwo");
  writeFileSync(join(folder, "second"), "two\nthr");
  symlinkSync(join(folder, "first"), path);
  const verify = open();
  expect(await outcomesOf(verify, "one", "two")).toEqual(["valid", "valid"]);
  symlinkSync(join(folder, "second"), `${path}.new`);
  renameSync(`${path}.new`, path);
  await expect.poll(() => outcomesOf(verify, "one", "two"), { timeout: 5000 }).toEqual(["refused", "valid"]);
});

test("a file that is gone, or empty, leaves them as they are, and is told once", async () => {
  writeFileSync(path, "one");
  const verify = open();
  writeFileSync(path, "");
  expect(await outcomesOf(verify, "two", "one", "two")).toEqual(["refused", "valid", "refused"]);
  rmSync(path);
  expect(await outcomesOf(verify, "two", "one")).toEqual(["refused", "valid"]);
  expect(told).toEqual(["it holds none"]);
  writeFileSync(path, "two");
  expect(await outcomesOf(verify, "two")).toEqual(["valid"]);
  expect(await outcomesOf(verify, "one")).toEqual(["refused"]);
  expect(told).toEqual(["it holds none", undefined]);
});

test.each([
  ["is not there", undefined],
  ["is empty", "\n\n"],
  ["holds too many", Array.from({ length: 11 }, (_, i) => `secret ${i}`).join("\n")],
])("a file that %s is a fault at the start", (_name, content) => {
  if (content !== undefined) writeFileSync(path, content);
  expect(readTokenKeys({ jwtSecretFile: path })).toEqual({
    faults: [expect.stringMatching(/^jwtSecretFile: got ".*", wants a file of secrets, one a line/)],
  });
});
