// Tokens that must open no door: each is tried by JSONgle and by MSE, on pods with a secret and with public keys.
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { byJsongle, byMse } from "../../helpers/doors.ts";
import { eventually } from "../../helpers/eventually.ts";
import { JWT_SECRET } from "../../helpers/mse-client.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";

const BOTH = { sub: "user", userId: "user", roomId: "room", iss: "issuer", aud: "jongleur" };
const seconds = () => Math.floor(Date.now() / 1000);
const claimsWith = (more: object = {}) => ({ ...BOTH, exp: seconds() + 600, ...more });
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** By hand: libraries don't sign with what an attacker signs with. */
function forge(claims: object, key: string = JWT_SECRET, header: object = {}): string {
  const signed = `${part({ alg: "HS256", ...header })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

const [kept, revoked, strange] = await Promise.all(
  [0, 1, 2].map(() => generateKeyPair("RS256", { extractable: true })),
);
const jwkOf = async (kid: string, pair = kept!) => ({ ...(await exportJWK(pair.publicKey)), kid, alg: "RS256" });
const byKey = (kid: string, pair = kept!, claims: object = claimsWith()) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: "RS256", kid }).sign(pair.privateKey);
const publicText = await exportSPKI(kept!.publicKey);

let folder: string;
let [secretPod, keyPod]: [Pod, Pod] = [] as never;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jongleur-"));
  writeFileSync(
    join(folder, "jwks.json"),
    JSON.stringify({ keys: [await jwkOf("kept"), await jwkOf("old", revoked)] }),
  );
  const rules = { jwtIssuer: "issuer", jwtAudience: "jongleur" };
  [secretPod, keyPod] = await Promise.all([
    startPod({ ...rules, jwtSecret: JWT_SECRET }),
    startPod({ ...rules, jwksFile: join(folder, "jwks.json") }),
  ]);
});
afterAll(async () => {
  await Promise.all([secretPod, keyPod].map((pod) => pod?.stop()));
  rmSync(folder, { recursive: true });
});

const doors = async (pod: Pod, token: string) => [await byJsongle(pod, token), await byMse(pod, token)];
const REFUSED = [401001, -4001];

test("good tokens open both doors, so that it is not for another reason that bad ones don't", async () => {
  expect(await doors(secretPod, forge(claimsWith()))).toEqual(["in", "in"]);
  expect(await doors(keyPod, await byKey("kept"))).toEqual(["in", "in"]);
  expect(await doors(keyPod, await byKey("old", revoked))).toEqual(["in", "in"]);
});

const attacks: readonly (readonly [string, () => string | Promise<string>])[] = [
  ["that is unsigned", () => new UnsecuredJWT(claimsWith()).encode()],
  ["of no algorithm, with a signature", () => `${part({ alg: "none" })}.${part(claimsWith())}.AAAA`],
  ["signed with a public key as if it were a secret", () => forge(claimsWith(), publicText, { kid: "kept" })],
  ["signed with nothing, by a path as kid", () => forge(claimsWith(), "", { kid: "../../../../../../dev/null" })],
  ["whose kid is a path", () => forge(claimsWith(), "x", { kid: "/proc/self/environ" })],
  ["whose kid is SQL", () => forge(claimsWith(), "x", { kid: "' UNION SELECT 'x' -- " })],
  ["whose kid is a URL", () => byKey("http://127.0.0.1:9/keys", strange)],
  ["whose kid is no text", () => forge(claimsWith(), "x", { kid: { $ne: null } })],
  [
    "that brings its key along",
    async () => forge(claimsWith(), "x", { jwk: await jwkOf("kept", strange), jku: "http://127.0.0.1:9" }),
  ],
  ["of a key that only bears the name", () => byKey("kept", strange)],
  ["without an end", () => forge(claimsWith({ exp: undefined }))],
  ["whose end is too far ahead", () => forge(claimsWith({ exp: seconds() + 10 * 365 * 86_400 }))],
  ["that is not valid yet", () => forge(claimsWith({ nbf: seconds() + 60 }))],
  ["that has expired", () => forge(claimsWith({ exp: seconds() - 60 }))],
  ["for others", () => forge(claimsWith({ aud: "others" }))],
  ["by others", () => forge(claimsWith({ iss: "others" }))],
  ["of a megabyte", () => forge(claimsWith({ padding: "x".repeat(735_000) }))],
  ["whose end is a text", () => forge(claimsWith({ exp: `${seconds() + 600}` }))],
  ["whose end is no date", () => forge(claimsWith({ exp: 1e300 }))],
  ["whose grants are a text", () => forge(claimsWith({ jongleur: "all" }))],
  ["with a role that there is not", () => forge(claimsWith({ jongleur: { roles: ["root"] } }))],
];

test.each(attacks)("a token %s is refused at each door of each pod", async (_name, make) => {
  const token = await make();
  for (const pod of [secretPod, keyPod]) expect(await doors(pod, token)).toEqual(REFUSED);
});

test.each([
  ["sub", undefined],
  ["sub", ""],
  ["sub", 7],
  ["sub", ["user"]],
  ["name", 7],
  ["name", { text: "x" }],
])("for JSONgle, a token whose %s is %j is refused", async (claim, value) => {
  expect(await byJsongle(secretPod, forge(claimsWith({ [claim]: value })))).toBe(401001);
});

test("why a token was refused is in the log, and counted; the token is not", async () => {
  const token = forge(claimsWith({ jongleur: { rooms: [7] } }));
  await doors(secretPod, token);
  expect(secretPod.output()).toMatch(
    /"protocol":"jsongle","peer":"127.0.0.1","reason":"the claim 'jongleur.rooms' must/,
  );
  expect(secretPod.output()).toMatch(
    /"protocol":"mse","session":".*","peer":"127.0.0.1","reason":"the claim 'jongleur.rooms' must/,
  );
  for (const piece of token.split(".")) expect(secretPod.output()).not.toContain(piece);
  const metrics = await (await fetch(`${secretPod.rest}/metrics`)).text();
  expect(Number(/jongleur_rejected_total\{reason="token"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(1);
});

test("a token is worth nothing any more once its key is revoked, and others are worth what they were", async () => {
  const replayed = await byKey("old", revoked);
  expect(await doors(keyPod, replayed)).toEqual(["in", "in"]);
  writeFileSync(join(folder, "jwks.json"), JSON.stringify({ keys: [await jwkOf("kept")] }));
  await eventually(async () => expect(await doors(keyPod, replayed)).toEqual(REFUSED));
  expect(await doors(keyPod, await byKey("kept"))).toEqual(["in", "in"]);
});

test("a set of keys that can't be read changes nothing, and is told", async () => {
  writeFileSync(join(folder, "jwks.json"), "{");
  await eventually(async () => {
    expect(await doors(keyPod, await byKey("kept"))).toEqual(["in", "in"]);
    expect(keyPod.output()).toMatch(/"level":"warn".*the keys of tokens can't be had/);
  });
});

test("an empty secret lets nobody in", async () => {
  const closed = await startPod({ jwtSecret: "" });
  expect(await doors(closed, forge(claimsWith(), ""))).toEqual(REFUSED);
  await closed.stop();
});
