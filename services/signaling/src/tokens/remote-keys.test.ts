import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../../test/helpers/eventually.ts";
import { RemoteKeys } from "./remote-keys.ts";
import { createVerifier, type VerifyToken } from "./verifier.ts";

const pairs = await Promise.all(
  ["one", "two", "three"].map(async (kid) => {
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "ES256" } };
  }),
);
const [one, two, three] = pairs as [Pair, Pair, Pair];
type Pair = (typeof pairs)[number];

let server: Server;
/** Those that are published, with which name and how. */
let published: object[];
let answer: (response: ServerResponse) => void;
let fetches: number;
/** What the clock is ahead of the real one, in milliseconds. */
let ahead: number;
let told: (string | undefined)[];
let verify: VerifyToken;

beforeEach(async () => {
  [published, fetches, ahead, told] = [[one.jwk], 0, 0, []];
  answer = (response) => void response.end(JSON.stringify({ keys: published }));
  server = createServer((_request, response) => {
    fetches += 1;
    answer(response);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const keys = new RemoteKeys({ url, now: () => performance.now() + ahead, tell: (fault) => told.push(fault) });
  verify = createVerifier({ keys, issuer: "", audience: "", maxLifetimeSeconds: 0, now: Date.now });
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const tokenBy = ({ kid, privateKey }: Pair, name: string | undefined = kid) =>
  new SignJWT({ sub: "u" }).setProtectedHeader({ alg: "ES256", ...(name !== "" && { kid: name }) }).sign(privateKey);
const outcomeOf = async (pair: Pair, name?: string) => (await verify(await tokenBy(pair, name))).outcome;

test("keys are fetched once for all who come at the same time, and kept", async () => {
  expect(await Promise.all(Array.from({ length: 20 }, () => outcomeOf(one)))).toEqual(Array(20).fill("valid"));
  ahead += 29_000;
  expect(await outcomeOf(one)).toBe("valid");
  expect(fetches).toBe(1);
});

test("a token of a key that has just been published is good, however short a time ago keys were fetched", async () => {
  expect(await outcomeOf(one)).toBe("valid");
  published = [one.jwk, two.jwk];
  expect(await Promise.all([outcomeOf(two), outcomeOf(one), outcomeOf(two)])).toEqual(["valid", "valid", "valid"]);
  expect(fetches).toBe(2);
});

test("so is one of a key that was published while keys were being fetched", async () => {
  const held: ServerResponse[] = [];
  answer = (response) => void held.push(response);
  const first = outcomeOf(one);
  await eventually(() => expect(held).toHaveLength(1));
  const second = outcomeOf(two);
  answer = (response) => void response.end(JSON.stringify({ keys: [one.jwk, two.jwk] }));
  held[0]!.end(JSON.stringify({ keys: [one.jwk] }));
  expect(await Promise.all([first, second])).toEqual(["valid", "valid"]);
});

test("a token without a kid is tried with each key, and with new ones", async () => {
  published = [one.jwk, two.jwk];
  expect([await outcomeOf(one, ""), await outcomeOf(two, "")]).toEqual(["valid", "valid"]);
  published = [two.jwk, three.jwk];
  expect(await outcomeOf(three, "")).toBe("valid");
});

test("made-up kids don't become fetches, and keep nobody waiting who has a known one", async () => {
  expect(await outcomeOf(one)).toBe("valid");
  const started = performance.now();
  const flood = Array.from({ length: 500 }, (_, i) => outcomeOf(two, `made up ${i}`));
  expect(await outcomeOf(one)).toBe("valid");
  expect(new Set(await Promise.all(flood))).toEqual(new Set(["refused"]));
  // One at first, and one a second at most.
  expect(fetches).toBeLessThanOrEqual(2 + (performance.now() - started) / 1000);
});

test("a key that only bears a known name is refused without a look at the server", async () => {
  expect(await outcomeOf(one)).toBe("valid");
  expect(await outcomeOf(two, "one")).toBe("refused");
  expect(fetches).toBe(1);
});

test("a key that is gone counts no longer after a minute, though nobody came meanwhile", async () => {
  published = [one.jwk, two.jwk];
  expect(await outcomeOf(two)).toBe("valid");
  published = [one.jwk];
  ahead += 60_001;
  expect(await outcomeOf(two)).toBe("refused");
  expect(await outcomeOf(one)).toBe("valid");
});

test("where tokens come all the time they are not even delayed, and it is gone sooner", async () => {
  published = [one.jwk, two.jwk];
  expect(await outcomeOf(two)).toBe("valid");
  published = [one.jwk];
  ahead += 30_001;
  expect(await outcomeOf(two)).toBe("valid");
  await eventually(async () => expect(await outcomeOf(two)).toBe("refused"));
});

test.each([
  ["fails", (response: ServerResponse) => void response.writeHead(500).end()],
  ["answers with a page", (response: ServerResponse) => void response.end("<html>")],
  ["answers with no set of keys", (response: ServerResponse) => void response.end('{"keys":7}')],
  ["leads elsewhere", (response: ServerResponse) => void response.writeHead(302, { location: "/other" }).end()],
  ["hangs up", (response: ServerResponse) => void response.destroy()],
])("a server that %s refuses nobody with a known key; of others nothing is known", async (_name, fault) => {
  expect(await outcomeOf(one)).toBe("valid");
  answer = fault;
  ahead += 3600_000;
  expect([await outcomeOf(one), await outcomeOf(two)]).toEqual(["valid", "unavailable"]);
  expect(told).toEqual([expect.any(String)]);
  answer = (response) => void response.end(JSON.stringify({ keys: [one.jwk, two.jwk] }));
  ahead += 1000;
  expect([await outcomeOf(one), await outcomeOf(two)]).toEqual(["valid", "valid"]);
  expect(told).toEqual([expect.any(String), undefined]);
});

test("a server that is silent is given up, and then waited for by nobody with a known key", async () => {
  expect(await outcomeOf(one)).toBe("valid");
  answer = () => {};
  ahead += 60_001;
  expect(await outcomeOf(one)).toBe("valid");
  ahead += 1000;
  expect(await Promise.all(Array.from({ length: 50 }, () => outcomeOf(one)))).toEqual(Array(50).fill("valid"));
  // A day later they have been out of reach for too long.
  ahead += 24 * 3600_000;
  expect(await outcomeOf(one)).toBe("unavailable");
});
