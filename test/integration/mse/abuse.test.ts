// Whatever an MSE client sends, it is answered as documented, and nobody else notices.
import { randomUUID } from "node:crypto";
import { RequestFactory } from "@jongleur/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { JWT_SECRET, type MseClient, openMse, startMse, tokenFor } from "../../helpers/mse-client.ts";
import type { Party } from "../../helpers/party.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";
import { enterJsongle } from "../../helpers/tokens.ts";
import { BAD_VALUES } from "../hostile/bad-values.ts";
import { inParallel } from "../hostile/stage.ts";
import { expectationOf, hostileCalls } from "./hostile-calls.ts";
import { BROKEN_FRAMES, BROKEN_HANDSHAKES, codeFor, statusFor } from "./hostile-frames.ts";

const ROOM = "room of the victims";

let pod: Pod;
let victims: readonly [MseClient, Party];
let tried = 0;
let rounds = 0;
beforeAll(async () => {
  pod = await startPod({ jwtSecret: JWT_SECRET });
  victims = [await startMse(pod.url, "victim", ROOM), await enterJsongle(pod.url, "other victim")];
  await victims[1].joinMuc(`:${ROOM}`);
});
afterAll(async () => {
  process.stdout.write(`${tried} hostile MSE inputs tried\n`);
  await pod.stop();
});

/** The pod runs, and the victims have heard nothing but each other. */
afterEach(async () => {
  expect(pod.exitCode(), pod.output().slice(-2000)).toBeUndefined();
  const [mse, jsongle] = victims;
  mse.send(RequestFactory.chat({ message: `${++rounds}` }));
  await jsongle.hears(({ jsongle }) => (jsongle.description as { content?: string }).content === `${rounds}`);
  expect(jsongle.heard.filter(({ jsongle }) => jsongle.action !== "iq-result")).toHaveLength(rounds);
  expect(await mse.settled()).toEqual([]);
});

test("a bad value in any field of any call is answered as documented", { timeout: 60_000 }, async () => {
  const roomId = randomUUID();
  const [attacker, peer] = [await startMse(pod.url, "attacker", roomId), await startMse(pod.url, "peer", roomId)];
  const calls = hostileCalls();
  const surprises: unknown[] = [];
  for (const call of calls) {
    attacker.send(call);
    const heard = (await attacker.settled()).splice(0) as { id: unknown; result?: unknown; error?: { code: number } }[];
    const got = heard.map(({ id, result, error }) => [id, error?.code ?? result]);
    const { answer, id } = expectationOf(call);
    const expected = answer === undefined ? [] : [[id, answer]];
    if (JSON.stringify(got) !== JSON.stringify(expected)) surprises.push({ call: call.slice(0, 200), expected, got });
  }
  expect(surprises).toEqual([]);
  const relayed = calls.filter((call) => expectationOf(call).relayed);
  expect(relayed.length).toBeGreaterThan(50);
  expect((await peer.settled()).map((frame) => (frame as { method: string }).method)).toEqual(
    relayed.map((call) => (JSON.parse(call) as { method: string }).method),
  );
  tried += calls.length;
  for (const client of [attacker, peer]) client.close();
});

test("a bad value for a token is refused", async () => {
  await inParallel(BAD_VALUES, async (value) => {
    const client = await openMse(pod.url);
    const answer = await client.ask(`{"id":2,"method":"auth","jsonrpc":"2.0","params":{"token":${value}}}`);
    const code = typeof JSON.parse(value) === "string" ? -4001 : -32_602;
    expect(answer, value).toMatchObject({ id: 2, error: { code } });
    client.close();
  });
  tried += BAD_VALUES.length;
});

const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
const NO_CALLS: readonly (readonly [string, string, number])[] = [
  ["nothing", "", -32_700],
  ["blanks", " \n", -32_700],
  ["half of a call", '{"id":1,', -32_700],
  ["a call and more", '{"id":1,"method":"ping","jsonrpc":"2.0"}{}', -32_700],
  ["a single quote", "{'id':1}", -32_700],
  ["a BOM", '\ufeff{"id":1,"method":"ping","jsonrpc":"2.0"}', -32_700],
  ["NUL", "\u0000", -32_700],
  ["a megabyte of brackets", "[".repeat(999_000), -32_700],
  ["100,000 levels", `{"a":${nested(100_000)}}`, -1001],
  ["100,000 levels for an id", `{"id":${nested(100_000)},"method":"ping","jsonrpc":"2.0"}`, -1001],
  ["a batch of 10,000", `[${Array(10_000).fill('{"id":1,"method":"ping","jsonrpc":"2.0"}').join(",")}]`, -1001],
  ["an empty batch", "[]", -1001],
  ["a response", '{"id":1,"result":"pong","jsonrpc":"2.0"}', -1001],
  ["JSON-RPC 1", '{"id":1,"method":"ping"}', -1001],
  ...["null", "7", '"ping"', "true", "{}", '{"jsonrpc":"2.0"}'].map((text) => [text, text, -1001] as const),
];

test.each(NO_CALLS)("%s is no call", async (_name, text, code) => {
  const client = await openMse(pod.url);
  expect(await client.ask(text)).toMatchObject({ id: null, error: { code } });
  expect(await client.settled()).toHaveLength(1);
  client.close();
  tried += 1;
});

test("what is nested too deep is not relayed", async () => {
  const roomId = randomUUID();
  const [attacker, peer] = [await startMse(pod.url, "attacker", roomId), await startMse(pod.url, "peer", roomId)];
  const chat = (levels: number) =>
    `{"id":1,"method":"chat","jsonrpc":"2.0","params":{"message":"m","attachment":${nested(levels)}}}`;
  for (const levels of [63, 1000, 100_000]) {
    expect(await attacker.ask(chat(levels))).toMatchObject({ id: 1, error: { code: -32_602 } });
  }
  attacker.send(chat(62));
  expect(await peer.hears(1)).toHaveLength(1);
  tried += 4;
  for (const client of [attacker, peer]) client.close();
});

test("binary frames get -32700, one each", async () => {
  const client = await openMse(pod.url);
  const frames = [Buffer.alloc(0), Buffer.from(RequestFactory.ping()), Buffer.alloc(900_000, 0xff)];
  for (const frame of frames) client.socket.send(frame, { binary: true });
  expect(await client.settled()).toMatchObject(Array(3).fill({ id: null, error: { code: -32_700 } }));
  tried += frames.length;
  client.close();
});

test("frames that break WebSocket's rules end their connection", async () => {
  await inParallel(BROKEN_FRAMES, async ([name, bytes, code]) => {
    expect(await codeFor(pod.url, bytes), name).toBe(code);
  });
  tried += BROKEN_FRAMES.length;
});

test("handshakes that are none are refused", async () => {
  await inParallel(BROKEN_HANDSHAKES, async ([name, text, status]) => {
    expect(await statusFor(pod.url, text), name).toBe(status);
  });
  tried += BROKEN_HANDSHAKES.length;
});

test("requests that come while a token is looked at wait for it, all of them", async () => {
  const client = await openMse(pod.url);
  client.send(RequestFactory.auth(await tokenFor({ userId: "hasty", roomId: randomUUID() })));
  const calls = Array.from({ length: 5000 }, (_, id) => ({ id, method: id === 0 ? "start" : "ping", jsonrpc: "2.0" }));
  for (const call of calls) client.send(call);
  const heard = (await client.hears(5001)) as { id: unknown; result: unknown }[];
  expect(heard[1]).toMatchObject({ id: 0, result: "started" });
  expect(heard.slice(1).map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
  tried += calls.length;
  client.close();
});

test("who asks and pings without reading is closed", async () => {
  for (const ask of [
    (client: MseClient) => client.send({ id: "x".repeat(10_000), method: "ping", jsonrpc: "2.0" }),
    (client: MseClient) => client.socket.ping("x".repeat(125)),
  ]) {
    const client = await openMse(pod.url);
    client.socket.pause();
    await eventually(() => {
      for (let n = 0; n < 5000 && client.socket.bufferedAmount < 1_000_000; n++) ask(client);
      expect(client.closeCode() ?? client.socket.readyState).not.toBe(client.socket.OPEN);
    }, 15_000).catch(() => client.socket.resume());
    client.socket.resume();
    await eventually(() => expect([1013, 1006]).toContain(client.closeCode()));
    tried += 1;
  }
});

test("nobody is counted once all have gone, and nothing looks like a defect", async () => {
  const [mse] = victims;
  const count = async () => ((await (await fetch(`${pod.rest}/stats`)).json()) as { users_count: number }).users_count;
  await eventually(async () => expect(await count()).toBe(2));
  expect(mse.closeCode()).toBeUndefined();
  expect(pod.output()).not.toMatch(/uncaught|unhandled|Error:|\n\s+at |"level":"(error|fatal)"/i);
  expect(tried).toBeGreaterThan(1000);
});
