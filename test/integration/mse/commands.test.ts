// `npm run token` and `npm run demo -- --mse`, as processes of their own against real pods.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { RequestFactory } from "@jongleur/protocol";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { JWT_SECRET, openMse } from "../../helpers/mse-client.ts";
import { connect } from "../../helpers/party.ts";
import { APP_TOKEN, inherited, type Pod, startPod } from "../../helpers/pod.ts";

let pod: Pod;
const terms = { jwtSecret: JWT_SECRET, jwtIssuer: "issuer", jwtAudience: "audience" };
beforeAll(async () => {
  pod = await startPod({ ...terms, redisUrl: inject("redis").url, podName: "north" });
});
afterAll(() => pod.stop());

const mainOf = (name: string) =>
  fileURLToPath(new URL(`../../../services/signaling/src/${name}/main.ts`, import.meta.url));

async function run(name: "tokens" | "demo", args: readonly string[], settings: Record<string, string> = terms) {
  const env = { ...inherited(), ...settings };
  const child = spawn(process.execPath, [mainOf(name), ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number | null, out, err };
}

test("a token that is printed is good, for an hour", async () => {
  const { code, out } = await run("tokens", ["--room", "r", "--user", "u", "--domain", "d"]);
  expect(code).toBe(0);
  const { iat, exp, ...claims } = decodeJwt(out.trim());
  expect(claims).toEqual({ sub: "u", userId: "u", roomId: "r", domain: "d", iss: "issuer", aud: "audience" });
  expect(exp! - iat!).toBe(3600);
  const client = await openMse(pod.url);
  expect(await client.ask(RequestFactory.auth(out.trim()))).toMatchObject({ result: "authenticated" });
  client.close();
  expect((await connect(pod.url, "u", { token: out.trim() })).connected).toBe(true);
});

test("the demo shows tokens where they are needed, and says what is amiss where it can't", async () => {
  const args = ["--url", pod.url, "--token", APP_TOKEN];
  expect(await run("demo", args)).toMatchObject({ code: 0, out: expect.stringContaining("nothing was lost") });
  expect(await run("demo", args, {})).toMatchObject({
    code: 1,
    err: expect.stringMatching(/does not let alice in\. The token \(JWT\) is refused: it is missing\. Give the demo/),
  });
});

test("a token for JSONgle has the grants that are asked for", async () => {
  const asked = [
    "--user",
    "u",
    "--name",
    "U",
    "--rooms",
    "a,b*",
    "--muc",
    "",
    "--role",
    "moderator",
    "--seconds",
    "60",
  ];
  const { out } = await run("tokens", [...asked, "--max-sessions", "2"]);
  const { iat, exp, ...claims } = decodeJwt(out.trim());
  expect(claims).toMatchObject({
    sub: "u",
    name: "U",
    jongleur: { rooms: ["a", "b*"], muc: [], roles: ["moderator"], maxSessions: 2 },
  });
  expect(exp! - iat!).toBe(60);
  expect((await connect(pod.url, "u", { token: out.trim() })).connected).toBe(true);
});

test("without a secret or a user there is no token", async () => {
  expect(await run("tokens", ["--room", "r", "--user", "u"], { wsPort: "1" })).toMatchObject({ code: 1, out: "" });
  expect(await run("tokens", ["--room", "r"])).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringMatching(/^--user: is missing\n\nUsage: npm run token/),
  });
  expect(await run("tokens", ["--help"])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Usage: npm run token/),
    err: "",
  });
});

/** Messages of alice's column, from top to bottom. */
const ALICE = [
  "> auth token",
  "< authenticated",
  "> start",
  "< started",
  "> sdpOffer (SDP)",
  "< sdpAnswer (SDP)",
  "> iceCandidate 192.0.2.10:50000",
  "< iceCandidate 198.51.100.7:60000",
  '> chat "Hello, Bob!"',
  '< chat "Hi, Alice!"',
  "> disconnect",
];

test("the demo by MSE draws what two clients say", async () => {
  const { code, out, err } = await run("demo", ["--mse", "--url", pod.url]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const column = out.split("\n").flatMap((line) => {
    const [, label] = /^<?─ (.*?) ─+>?$/.exec(line.slice(1, 39)) ?? [];
    return label ? [`${line[1] === "<" ? "<" : ">"} ${label}`] : [];
  });
  expect(column).toEqual(ALICE);
  expect(out).toMatch(/\nat (north-\S+) +at \1\n/);
  expect(out).toMatch(/\nIt took 22 messages; nothing was lost\.\n$/);
});

test("the demo says what is missing", async () => {
  const fault = async (url: string, settings: Record<string, string>) =>
    (await run("demo", ["--mse", "--url", url], settings)).err;
  expect(await fault("http://127.0.0.1:9", terms)).toMatch(/^Nothing speaks MSE at http:\/\/127.0.0.1:9: /);
  expect(await fault(pod.url, {})).toMatch(/^There is no secret to sign tokens with/);
  expect(await fault(pod.url, { jwtSecret: "another" })).toMatch(/^alice should have received "authenticated" but/);
});
