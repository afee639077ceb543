// Every message and every error of the MSE document, word for word, over a real WebSocket (PROTOCOL-MSE.md).
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { enterMse, JWT_SECRET, type MseClient, openMse, startMse, tokenFor } from "../../helpers/mse-client.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod({ jwtSecret: JWT_SECRET, msePort: "0" });
});
afterAll(() => pod.stop());

/** The document's JSON, its keys in its order. */
const text = (value: unknown) => JSON.stringify(value);

async function answerTo(client: MseClient, request: string): Promise<string> {
  return text(await client.ask(request));
}

const PING = '{"id":1,"method":"ping","jsonrpc":"2.0"}';
const START = '{"id":3,"method":"start","jsonrpc":"2.0"}';
const WHOAMI = '{"id":4,"method":"whoami","jsonrpc":"2.0"}';
const authOf = (token: string) =>
  `{"id":2,"method":"auth","jsonrpc":"2.0","params":{"token":"${token}","version":"1.0"}}`;

test("ping is answered with pong, before auth too", async () => {
  const client = await openMse(pod.url);
  expect(await answerTo(client, PING)).toBe('{"id":1,"result":"pong","jsonrpc":"2.0"}');
  client.close();
});

test("auth with a good token is answered with authenticated, and start with started", async () => {
  const client = await openMse(pod.url);
  const auth = authOf(await tokenFor({ roomId: randomUUID() }));
  expect(await answerTo(client, auth)).toBe('{"id":2,"jsonrpc":"2.0","result":"authenticated"}');
  expect(await answerTo(client, START)).toBe('{"id":3,"jsonrpc":"2.0","result":"started"}');
  expect(await answerTo(client, START)).toBe('{"id":3,"jsonrpc":"2.0","result":"started"}');
  client.close();
});

test("whoami tells what the token and the connection say", async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { domain: "domain", agent: "web", role: "admin", iat: now, nbf: now - 60, exp: now + 60 };
  const client = await enterMse(pod.url, "random string", "another", claims);
  const date = (seconds: number) => new Date(seconds * 1000).toISOString();
  const result = {
    domain: "domain",
    agent: "web",
    role: "admin",
    userId: "random string",
    roomId: "another",
    ipAddress: "127.0.0.1",
    tokenIssued: date(now),
    validFrom: date(now - 60),
    validTo: date(now + 60),
  };
  expect(await answerTo(client, WHOAMI)).toBe(text({ id: 4, jsonrpc: "2.0", result }));
  client.close();
});

test.each([
  '{"id":null,"method":"iceCandidate","jsonrpc":"2.0","params":{"candidate":"ice candidate value"}}',
  '{"id":null,"method":"sdpOffer","jsonrpc":"2.0","params":{"offer":"sdp offer value"}}',
  '{"id":null,"method":"sdpAnswer","jsonrpc":"2.0","params":{"answer":{"type":"answer","sdp":"v=0"}}}',
])("%s reaches the others in the room as it was sent, and nobody else", async (signal) => {
  const roomId = randomUUID();
  const [alice, bob, carol, dave] = await Promise.all([
    startMse(pod.url, "alice", roomId),
    startMse(pod.url, "bob", roomId),
    startMse(pod.url, "carol", randomUUID()),
    enterMse(pod.url, "dave", roomId),
  ]);
  alice.send(signal);
  expect(text((await bob.hears(1))[0])).toBe(signal);
  for (const other of [alice, carol, dave]) expect(await other.settled()).toEqual([]);
  for (const client of [alice, bob, carol, dave]) client.close();
});

test("chat reaches all others, or those it names, with its sender", async () => {
  const roomId = randomUUID();
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map((name) => startMse(pod.url, name, roomId)),
  );
  alice!.send(
    '{"id":null,"method":"chat","jsonrpc":"2.0","params":{"to":[],"message":"message","attachment":"object"}}',
  );
  const said = { to: [], message: "message", attachment: "object", from: "alice" };
  expect(await bob!.hears(1)).toEqual([{ id: null, method: "chat", jsonrpc: "2.0", params: said }]);
  await carol!.hears(1);
  alice!.send({
    id: null,
    method: "chat",
    jsonrpc: "2.0",
    params: { to: ["carol"], message: "psst", from: "mallory" },
  });
  expect((await carol!.hears(2))[1]).toMatchObject({ params: { to: ["carol"], message: "psst", from: "alice" } });
  expect(await bob!.settled()).toHaveLength(1);
  expect(await alice!.settled()).toEqual([]);
  for (const client of [alice, bob, carol]) client!.close();
});

test("disconnect closes the connection with 1000, and frees the seat", async () => {
  const roomId = randomUUID();
  const client = await startMse(pod.url, "alice", roomId);
  client.send('{"id":null,"method":"disconnect","jsonrpc":"2.0"}');
  await eventually(() => expect(client.closeCode()).toBe(1000));
  expect((await fetch(`${pod.rest}/rooms/${encodeURIComponent(`:${roomId}`)}`)).status).toBe(404);
  expect(client.heard).toEqual([]);
});

const error = (id: unknown, code: number, message: string, data?: object) =>
  text({ id, jsonrpc: "2.0", error: { code, message, ...(data && { data }) } });

test.each([
  ["no JSON", '{"id":1,"method":', error(null, -32700, "Parse error")],
  ["no request", '{"id":1,"method":"ping"}', error(null, -1001, "Invalid json rpc 2.0 object")],
  [
    "an id of a wrong type",
    '{"id":[1],"method":"ping","jsonrpc":"2.0"}',
    error(null, -1001, "Invalid json rpc 2.0 object"),
  ],
  ["an unknown method", '{"id":"a","method":"sing","jsonrpc":"2.0"}', error("a", -32601, "Method not found")],
  ["no token", '{"id":0,"method":"auth","jsonrpc":"2.0","params":{}}', error(0, -32602, "Invalid params")],
  ["a bad token", authOf("appropriate jwt token"), error(2, -4001, "Authorization Failed")],
  ["start before auth", START, error(3, -5001, "Unauthorized Access")],
  ["whoami before auth", WHOAMI, error(4, -5001, "Unauthorized Access")],
])("%s gets its error", async (_name, request, expected) => {
  const client = await openMse(pod.url);
  expect(await answerTo(client, request)).toBe(expected);
  expect(client.closeCode()).toBeUndefined();
  client.close();
});

test("what needs start gets -6001 before it if it has an id, and silence if it has none", async () => {
  const client = await enterMse(pod.url, "alice", randomUUID());
  const signal = { method: "sdpOffer", jsonrpc: "2.0", params: { offer: "o" } };
  client.send({ id: null, ...signal });
  expect(await answerTo(client, text({ id: 3, ...signal }))).toBe(
    error(3, -6001, "Invalid Call Order", { required: "start" }),
  );
  client.close();
});

test("notifications before auth, and those that fail, are not answered", async () => {
  const client = await openMse(pod.url);
  client.send({ id: null, method: "sdpOffer", jsonrpc: "2.0", params: { offer: "o" } });
  client.send({ method: "start", jsonrpc: "2.0" });
  client.send({ method: "auth", jsonrpc: "2.0", params: { token: "bad" } });
  client.send({ method: "nothing", jsonrpc: "2.0" });
  client.send({ method: "disconnect", jsonrpc: "2.0" });
  expect(await client.settled()).toEqual([]);
  client.close();
});

test("a relayed request with an id is answered only if it fails", async () => {
  const roomId = randomUUID();
  const [alice, bob] = [await startMse(pod.url, "alice", roomId), await startMse(pod.url, "bob", roomId)];
  alice.send({ id: 9, method: "sdpOffer", jsonrpc: "2.0", params: { offer: "o" } });
  expect(await bob.hears(1)).toEqual([{ id: null, method: "sdpOffer", jsonrpc: "2.0", params: { offer: "o" } }]);
  expect(await alice.settled()).toEqual([]);
  expect(await answerTo(alice, '{"id":9,"method":"sdpOffer","jsonrpc":"2.0","params":{"offer":7}}')).toBe(
    error(9, -32602, "Invalid params"),
  );
  for (const client of [alice, bob]) client.close();
});

test("a batch is answered by one array, in order, and a bad one by one error", async () => {
  const client = await openMse(pod.url);
  const batch = [
    { id: 1, method: "ping", jsonrpc: "2.0" },
    { id: null, method: "ping", jsonrpc: "2.0" },
    7,
    { id: 2, method: "auth", jsonrpc: "2.0", params: { token: await tokenFor({ roomId: randomUUID() }) } },
    { id: 3, method: "start", jsonrpc: "2.0" },
  ];
  expect(await client.ask(batch)).toMatchObject([
    { id: 1, result: "pong" },
    { id: null, error: { code: -1001 } },
    { id: 2, result: "authenticated" },
    { id: 3, result: "started" },
  ]);
  for (const bad of [[], Array(51).fill(batch[0])])
    expect(await client.ask(bad)).toMatchObject({ error: { code: -1001 } });
  client.send([{ method: "ping", jsonrpc: "2.0" }]);
  expect(await client.settled()).toHaveLength(3);
  client.send([batch[0], { method: "disconnect", jsonrpc: "2.0" }, batch[0]]);
  expect((await client.hears(4))[3]).toMatchObject([{ id: 1 }]);
  await eventually(() => expect(client.closeCode()).toBe(1000));
});

test("a binary frame gets -32700", async () => {
  const client = await openMse(pod.url);
  client.socket.send(Buffer.from(PING), { binary: true });
  expect(text((await client.hears(1))[0])).toBe(error(null, -32700, "Parse error"));
  client.close();
});

test("a token is renewed by another of the same user and room, and by no other", async () => {
  const roomId = randomUUID();
  const client = await startMse(pod.url, "alice", roomId);
  const authAs = async (claims: object) => client.ask(authOf(await tokenFor({ userId: "alice", roomId, ...claims })));
  expect(await authAs({ role: "admin" })).toMatchObject({ result: "authenticated" });
  for (const claims of [{ userId: "bob" }, { roomId: "another" }, { domain: "d" }]) {
    expect(await authAs(claims)).toMatchObject({ error: { code: -4001 } });
  }
  expect(await client.ask(WHOAMI)).toMatchObject({ result: { userId: "alice", roomId, role: "admin" } });
  client.close();
});

test("with a port of its own MSE is spoken at /, and nothing else is there", async () => {
  const [, port] = /"msePort":(\d+)/.exec(pod.output()) as unknown as [string, string];
  const client = await openMse(`http://127.0.0.1:${port}`, "/");
  expect(await client.ask(PING)).toMatchObject({ result: "pong" });
  client.close();
  await expect(openMse(`http://127.0.0.1:${port}`, "/mse")).rejects.toThrow("404");
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(426);
});

test("outside development there is no whoami", async () => {
  const production = await startPod({ jwtSecret: JWT_SECRET, environment: "production" });
  const client = await enterMse(production.url, "alice", "r");
  expect(await answerTo(client, WHOAMI)).toBe(error(4, -32601, "Method not found"));
  client.close();
  await production.stop();
});

test("the room full, there is -32000 for one more", async () => {
  const small = await startPod({ jwtSecret: JWT_SECRET, maxMembersPerMseRoom: "1" });
  const alice = await startMse(small.url, "alice", "r");
  const bob = await enterMse(small.url, "bob", "r");
  expect(await answerTo(bob, START)).toBe(error(3, -32000, "Room Full"));
  alice.send({ method: "disconnect", jsonrpc: "2.0" });
  await eventually(() => expect(alice.closeCode()).toBe(1000));
  expect(await bob.ask(START)).toMatchObject({ result: "started" });
  bob.close();
  await small.stop();
});
