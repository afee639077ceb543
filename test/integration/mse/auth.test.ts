// Which tokens are good: keys, algorithms, times and claims (PROTOCOL-MSE.md, "auth").
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RequestFactory } from "@jongleur/protocol";
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JWT_SECRET, openMse, tokenFor } from "../../helpers/mse-client.ts";
import { type Pod, runPod, startPod } from "../../helpers/pod.ts";

const CLAIMS = { userId: "user", roomId: "room", exp: Math.floor(Date.now() / 1000) + 3600 };
const ALGORITHMS = ["RS256", "ES256", "EdDSA"] as const;
const REFUSED = { error: { code: -4001, message: "Authorization Failed" } };
const ACCEPTED = { result: "authenticated" };

const now = () => Math.floor(Date.now() / 1000);
const bytes = (text: string) => new TextEncoder().encode(text);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const publicKeyPairs = Object.fromEntries(
  await Promise.all(ALGORITHMS.map(async (alg) => [alg, await generateKeyPair(alg, { extractable: true })])),
) as Record<(typeof ALGORITHMS)[number], Awaited<ReturnType<typeof generateKeyPair>>>;
const jwks = {
  keys: await Promise.all(
    ALGORITHMS.map(async (alg) => ({ ...(await exportJWK(publicKeyPairs[alg].publicKey)), kid: alg, alg, use: "sig" })),
  ),
};
const signed = (alg: (typeof ALGORITHMS)[number], kid: string = alg) =>
  new SignJWT(CLAIMS).setProtectedHeader({ alg, kid }).sign(publicKeyPairs[alg].privateKey);
const hmac = (alg: string, secret: Uint8Array, claims: object = CLAIMS, header: object = {}) =>
  new SignJWT(claims as JWTPayload).setProtectedHeader({ alg, ...header }).sign(secret);

/** What a token is answered, on a connection of its own that stays open. */
async function answerTo(pod: Pod, token: string): Promise<unknown> {
  const client = await openMse(pod.url);
  const answer = await client.ask(RequestFactory.auth(token));
  expect(await client.settled()).toHaveLength(1);
  client.close();
  return answer;
}

describe("with a shared secret", () => {
  let pod: Pod;
  beforeAll(async () => {
    pod = await startPod({ jwtSecret: JWT_SECRET });
  });
  afterAll(() => pod.stop());

  test.each([
    ["no time but its end", () => ({})],
    ["an end as far ahead as may be", () => ({ exp: now() + 86_400 })],
    [
      "all that may be in it",
      () => ({ domain: "d", agent: "web", role: "user", iat: now(), nbf: now(), exp: now() + 99, x: {} }),
    ],
    ["an end within the leeway", () => ({ exp: now() - 1 })],
    ["a beginning within the leeway", () => ({ nbf: now() + 3 })],
    ["names of any kind", () => ({ userId: "\u0000 #*{}", roomId: "__proto__" })],
  ])("a token with %s is good", async (_name, claims) => {
    expect(await answerTo(pod, await tokenFor(claims()))).toMatchObject(ACCEPTED);
  });

  const good = tokenFor();
  const bad: readonly (readonly [string, () => string | Promise<string>])[] = [
    ["without an algorithm", () => new UnsecuredJWT(CLAIMS).encode()],
    [
      "that says it has none, with a signature",
      async () => `${part({ alg: "none" })}.${(await good).split(".").slice(1).join(".")}`,
    ],
    ["whose algorithm is spelled otherwise", () => `${part({ alg: "hs256" })}.${part(CLAIMS)}.AAAA`],
    ["by a public key", () => signed("RS256")],
    ["by HS512", () => hmac("HS512", bytes(JWT_SECRET.repeat(2)))],
    ["by HS384 with the secret", () => hmac("HS384", bytes(JWT_SECRET.padEnd(48, "x")))],
    ["by another secret", () => hmac("HS256", bytes(`${JWT_SECRET}.`))],
    [
      "with other claims than were signed",
      async () => {
        const [header, , signature] = (await good).split(".");
        return `${header}.${part({ ...CLAIMS, userId: "admin" })}.${signature}`;
      },
    ],
    ["whose claim of grants is odd", () => tokenFor({ jongleur: { rooms: "all" } })],
    ["that has expired", () => tokenFor({ exp: now() - 6 })],
    ["that is not valid yet", () => tokenFor({ nbf: now() + 8 })],
    ["whose end is no number", () => tokenFor({ exp: "tomorrow" })],
    ["whose end is no date", () => tokenFor({ exp: 1e300 })],
    [
      "with a critical header that is unknown",
      () => `${part({ alg: "HS256", crit: ["x"], x: 1 })}.${part(CLAIMS)}.AAAA`,
    ],
    ["that is encrypted", () => "a.b.c.d.e"],
    ["that is huge", () => tokenFor({ agent: "x".repeat(9000) })],
    ["that is as large as a message may be", () => "x".repeat(900_000)],
    ["that is empty", () => ""],
    ["of dots", () => ".."],
    ["that is no base64", () => "\u00fc.\u0000.\ud83d"],
    ["whose payload is no object", () => `${part({ alg: "HS256" })}.${Buffer.from("7").toString("base64url")}.AAAA`],
    ...["userId", "roomId"].flatMap((claim) =>
      [undefined, "", 7, null, ["x"], { x: 1 }, true].map(
        (value) => [`whose ${claim} is ${JSON.stringify(value)}`, () => tokenFor({ [claim]: value })] as const,
      ),
    ),
    ...["domain", "agent", "role"].map(
      (claim) => [`whose ${claim} is no text`, () => tokenFor({ [claim]: 7 })] as const,
    ),
  ];

  test.each(bad)("a token %s is refused with -4001", async (_name, make) => {
    expect(await answerTo(pod, await make())).toMatchObject(REFUSED);
  });

  test("failures again and again are put off, on that connection only", async () => {
    const client = await openMse(pod.url);
    for (let n = 0; n < 10; n++) expect(await client.ask(RequestFactory.auth("bad"))).toMatchObject(REFUSED);
    const putOff = { error: { code: -32_002, data: { retryAfterMs: expect.any(Number) } } };
    expect(await client.ask(RequestFactory.auth(await good))).toMatchObject(putOff);
    expect(await answerTo(pod, await good)).toMatchObject(ACCEPTED);
    await expect
      .poll(async () => client.ask(RequestFactory.auth(await good)), { timeout: 5000, interval: 200 })
      .toMatchObject(ACCEPTED);
    client.close();
  });
});

describe("with issuer and audience", () => {
  let pod: Pod;
  beforeAll(async () => {
    pod = await startPod({ jwtSecret: JWT_SECRET, jwtIssuer: "https://issuer.example", jwtAudience: "jongleur" });
  });
  afterAll(() => pod.stop());

  const right = { iss: "https://issuer.example", aud: "jongleur" };
  test.each([
    [right, ACCEPTED],
    [{ ...right, aud: ["others", "jongleur"] }, ACCEPTED],
    [{ ...right, iss: "https://issuer.example/" }, REFUSED],
    [{ ...right, iss: undefined }, REFUSED],
    [{ ...right, aud: "others" }, REFUSED],
    [{ ...right, aud: undefined }, REFUSED],
    [{ ...right, aud: 7 }, REFUSED],
  ])("a token with %j is judged by them", async (claims, expected) => {
    expect(await answerTo(pod, await tokenFor(claims))).toMatchObject(expected);
  });
});

describe("with public keys", () => {
  let [folder, keyServer]: [string, Server | undefined] = ["", undefined];
  let pods: readonly (readonly [string, Pod])[];
  let served = 0;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "jongleur-keys-"));
    writeFileSync(join(folder, "jwks.json"), JSON.stringify(jwks));
    keyServer = createServer((_request, response) => {
      served += 1;
      response.end(JSON.stringify(jwks));
    }).listen(0);
    const { port } = keyServer.address() as AddressInfo;
    pods = [
      ["a file", await startPod({ jwksFile: join(folder, "jwks.json") })],
      ["a URL", await startPod({ jwksUrl: `http://127.0.0.1:${port}/keys` })],
    ];
  });
  afterAll(async () => {
    await Promise.all(pods.map(([, pod]) => pod.stop()));
    keyServer?.close();
    rmSync(folder, { recursive: true });
  });

  test.each(ALGORITHMS)("a token by %s is good, wherever the keys come from", async (alg) => {
    for (const [name, pod] of pods) expect(await answerTo(pod, await signed(alg)), name).toMatchObject(ACCEPTED);
  });

  test("keys are fetched once, not with each token", () => {
    expect(served).toBe(1);
  });

  test("no other algorithm is good, nor a key that is not in the set", async () => {
    const publicText = bytes(await exportSPKI(publicKeyPairs.RS256.publicKey));
    const tokens = [
      await hmac("HS256", bytes(JWT_SECRET)),
      // The public key taken for a secret: the token's algorithm must not decide.
      await hmac("HS256", publicText, CLAIMS, { kid: "RS256" }),
      await new SignJWT(CLAIMS)
        .setProtectedHeader({ alg: "ES256", kid: "ES256" })
        .sign((await generateKeyPair("ES256")).privateKey),
      await signed("RS256", "ES256"),
      await signed("RS256", "nobody's"),
      new UnsecuredJWT(CLAIMS).encode(),
    ];
    for (const [name, pod] of pods) {
      for (const token of tokens) expect(await answerTo(pod, token), `${name}: ${token}`).toMatchObject(REFUSED);
    }
  });
});

test("while the keys can't be fetched nobody is refused for good", async () => {
  const pod = await startPod({ jwksUrl: "http://127.0.0.1:9/keys" });
  const unavailable = { error: { code: -32_001, message: "Temporarily Unavailable", data: { retryAfterMs: 1000 } } };
  for (let n = 0; n < 2; n++) expect(await answerTo(pod, await signed("RS256"))).toMatchObject(unavailable);
  expect(pod.output().match(/"level":"warn".*the keys of tokens can't be had/g)).toHaveLength(1);
  await pod.stop();
});

test("production without keys serves MSE to nobody, and says so", async () => {
  const pod = await startPod({ environment: "production" });
  expect(await answerTo(pod, await tokenFor())).toMatchObject(REFUSED);
  expect(pod.output()).toMatch(/"level":"warn".*MSE refuses every token/);
  await pod.stop();
});

test.each([
  ["development", "x".repeat(31), true],
  ["development", "\u00fc".repeat(16), false],
  ["production", "short and secret", true],
])("a secret that can be guessed is warned of (%s, %j: %s)", async (environment, jwtSecret, warns) => {
  const pod = await startPod({ environment, jwtSecret });
  expect(/"level":"warn".*has fewer than 32 bytes/.test(pod.output())).toBe(warns);
  expect(pod.output()).not.toContain(jwtSecret);
  await pod.stop();
});

test("faults of the settings are told", async () => {
  const { output } = await runPod({
    appToken: "t",
    jwtSecret: "s",
    jwksUrl: "ftp://keys.example",
    jwksFile: "package.json",
    trustedProxies: "10.0.0.0/99",
    wsPort: "7000",
    msePort: "7000",
  });
  expect(output).toContain('jwksUrl: got "ftp://keys.example", wants the URL of a JSON Web Key Set');
  expect(output).toContain('jwksFile: got "package.json", wants a JSON Web Key Set that can be read');
  expect(output).toContain('trustedProxies: got "10.0.0.0/99", wants addresses and ranges');
  expect(output).toContain("jwtSecret and jwksFile: want only one of them to be set");
  expect(output).toContain("msePort: got 7000, wants another port than wsPort");
});
