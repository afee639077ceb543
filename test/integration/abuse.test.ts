// Whatever clients send, the pod runs on, says what is wrong where there is a code for it, and nobody else notices.
import { randomUUID } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { connect, settle } from "../helpers/party.ts";
import { BAD_VALUES, LONG_VALUE } from "./hostile/bad-values.ts";
import { expectation, type Standing, signOf } from "./hostile/expectation.ts";
import * as packets from "./hostile/packets.ts";
import * as requests from "./hostile/requests.ts";
import {
  inParallel,
  nobodyNoticed,
  type Stage,
  setStage,
  type Trial,
  tryAll,
  tryEach,
  VICTIMS_ROOM,
} from "./hostile/stage.ts";
import { FIELDS, HELLO_ANSWER, spoil, TEMPLATES, type Template } from "./hostile/templates.ts";
import { event, openPolling, openWebSocket, SERVER_ID, type Wire } from "./hostile/wire.ts";

const SHARED = "room of the attacker and its peer";
const ALONE = "room of the attacker";
const PATIENCE_MS = 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(async () => {
  process.stdout.write(`${stage.tried()} hostile inputs tried\n`);
  await stage.pod.stop();
});

/** Tests after each of which all is as it was for everybody else. */
function attacks(name: string, define: () => void): void {
  describe(name, () => {
    afterEach(() => nobodyNoticed(stage));
    define();
  });
}

/** A bad value in each field of each message, addressed to each place, with what is answered to it. */
function spoiledMessages(
  templates: readonly Template[],
  standing: Standing,
  places: readonly string[],
  values: readonly string[],
): Trial[] {
  const texts = places.flatMap((to) =>
    FIELDS.flatMap((field) =>
      values.flatMap((value) => templates.map((template) => spoil(template, to, field, value, randomUUID()))),
    ),
  );
  return texts.map((text) => ({ text, expected: expectation(standing, JSON.parse(text)) }));
}

function standingOf(registered: boolean): Standing {
  const seats = new Map<string, "room">([
    [SHARED, "room"],
    [ALONE, "room"],
  ]);
  const closedRooms = new Set([VICTIMS_ROOM]);
  return { registered, serverId: SERVER_ID, shared: SHARED, closedRooms, seats: registered ? seats : new Map() };
}

/** Values of this run's own: the victims' room and session. */
function allValues(): string[] {
  return [...BAD_VALUES, JSON.stringify(VICTIMS_ROOM), JSON.stringify(stage.victims[0].id)];
}

type Open = (url: string) => Promise<Wire>;

const entered =
  (open: Open): Open =>
  async (url) =>
    (await open(url)).enter();

const registered =
  (open: Open): Open =>
  async (url) =>
    (await entered(open)(url)).register(`attacker-${randomUUID()}`);

const TRANSPORTS: readonly (readonly [string, Open])[] = [
  ["WebSocket", openWebSocket],
  ["polling", openPolling],
];

const joinRequest = (rid: string) =>
  event({ to: SERVER_ID, jsongle: { action: "iq-set", query: "session-join", description: { rid } } });

attacks("messages", () => {
  it.each(TRANSPORTS)("that are no messages are refused with 400002, over %s", async (_name, open) => {
    expect(await tryEach(stage, packets.PAYLOADS, entered(open))).toEqual([]);
    expect(await tryEach(stage, packets.EVENTS, registered(open))).toEqual([]);
  });

  it("with a bad value anywhere are refused before hello, whatever they are", { timeout: PATIENCE_MS }, async () => {
    const wire = await entered(openWebSocket)(stage.pod.url);
    const trials = spoiledMessages(
      // Hello answers would be accepted for most of these: they are tried one by one, in the next test.
      TEMPLATES.filter((template) => template !== HELLO_ANSWER),
      standingOf(false),
      [SERVER_ID, VICTIMS_ROOM],
      [...allValues(), LONG_VALUE],
    );
    expect(await tryAll(stage, wire, trials)).toEqual([]);
    wire.close();
  });

  it("that answer hello with a bad value are accepted only with a usable uid", { timeout: PATIENCE_MS }, async () => {
    const trials = FIELDS.flatMap((field) =>
      [...allValues(), LONG_VALUE].map((value) => spoil(HELLO_ANSWER, SERVER_ID, field, value, "tag")),
    );
    const cases = trials.map((text) => ({
      name: text.slice(0, 300),
      frames: [`42["jsongle",${text}]`],
      outcome: expectation(standingOf(false), JSON.parse(text)).answers,
    }));
    expect(await tryEach(stage, cases, entered(openWebSocket))).toEqual([]);
  });

  it("with a bad value anywhere are answered as documented, and reach nobody but the own room", {
    timeout: PATIENCE_MS,
  }, async () => {
    const peer = await connect(stage.pod.url);
    const wire = await (await entered(openWebSocket)(stage.pod.url)).register("attacker");
    await peer.join(SHARED);
    await wire.attempt([[joinRequest(SHARED)], [joinRequest(ALONE)]]);
    await settle(peer);
    const before = peer.heard.length;
    const standing = standingOf(true);
    const targets = [SERVER_ID, SHARED, ALONE, VICTIMS_ROOM, stage.victims[0].id];
    const trials = spoiledMessages(TEMPLATES, standing, targets, allValues());
    expect(await tryAll(stage, wire, trials)).toEqual([]);
    // No more at once than the peer may leave unread.
    for (const template of TEMPLATES) {
      const long = spoiledMessages([template], standing, [SERVER_ID, SHARED], [LONG_VALUE]);
      expect(await tryAll(stage, wire, long)).toEqual([]);
      await settle(peer);
      trials.push(...long);
    }
    const relayed = trials.filter(({ expected }) => expected.relayed).map(({ text }) => JSON.parse(text).tag);
    await settle(peer);
    const heard = peer.heard.slice(before).filter(({ jsongle }) => jsongle.query !== "nothing-like-it");
    expect(heard.map((message) => (message as { tag?: string }).tag)).toEqual(relayed);
    expect(new Set(heard.map(({ from }) => from))).toEqual(new Set([SHARED, `${SHARED}/attacker`]));
    wire.close();
    peer.close();
  });

  it.each(TRANSPORTS)("that are nested too deep get 413001, over %s", async (_name, open) => {
    expect(await tryEach(stage, packets.DEEP, registered(open))).toEqual([]);
  });

  it("with binary data are refused", async () => {
    expect(await tryEach(stage, packets.BINARY, registered(openWebSocket))).toEqual([]);
    const small = packets.BINARY.filter(({ frames }) => frames.length === 2);
    expect(await tryEach(stage, small, registered(openPolling))).toEqual([]);
  });
});

attacks("sizes", () => {
  const text = (length: number) => (to: string) =>
    event({ id: "m", from: "f", to, jsongle: { action: "session-custom", description: { text: "x".repeat(length) } } });

  it.each(TRANSPORTS)("under 1 MB are relayed, over 1 MB and of 10 MB get 413001, over %s", async (name, open) => {
    const rid = `sizes over ${name}`;
    const peer = await connect(stage.pod.url);
    const wire = await registered(open)(stage.pod.url);
    await peer.join(rid);
    await wire.attempt([[joinRequest(rid)]]);
    const sizes = [999_800, 1_000_001, 10_000_000, 1, 999_800];
    const outcomes = await wire.attempt(sizes.map((size) => [text(size)(rid)]));
    const signs = outcomes.map((outcome) => outcome !== "closed" && outcome.map(signOf));
    expect(signs).toEqual([["session-event ack"], [413_001], [413_001], ["session-event ack"], ["session-event ack"]]);
    await settle(peer);
    const arrived = peer.heard.filter(({ jsongle }) => jsongle.action === "session-custom");
    expect(arrived.map(({ jsongle }) => (jsongle.description as { text: string }).text.length)).toEqual([
      999_800, 1, 999_800,
    ]);
    stage.count(sizes.length);
    wire.close();
    peer.close();
  });

  it("beyond what is read at all end the connection", async () => {
    const frames = [`4${"x".repeat(17_000_000)}`, `42["jsongle","${"é".repeat(9_000_000)}"]`];
    const cases = frames.map((frame) => ({ name: "17 MB", frames: [frame], outcome: "closed" as const }));
    expect(await tryEach(stage, cases, entered(openWebSocket))).toEqual([]);
    expect(await tryEach(stage, cases, entered(openPolling))).toEqual([]);
  });
});

attacks("packets", () => {
  it.each(TRANSPORTS)(
    "that break the transport's protocol end the connection, over %s",
    { timeout: PATIENCE_MS },
    async (_name, open) => {
      expect(await tryEach(stage, packets.BREAKING, registered(open))).toEqual([]);
    },
  );

  it("behind the own disconnect, in one piece with it, have no effect", async () => {
    const wire = await entered(openPolling)(stage.pod.url);
    const hello = { action: "iq-result", query: "session-hello", description: { uid: "ghost" } };
    wire.send("41", event({ to: SERVER_ID, jsongle: hello }), joinRequest("haunted"), "1");
    await eventually(() => expect(wire.closed).toBe(true));
    const visitor = await connect(stage.pod.url);
    expect(await visitor.join("haunted")).toEqual({ members: [], rid: "haunted" });
    visitor.close();
    stage.count(1);
  });

  it("that mean nothing are passed over", async () => {
    expect(await tryEach(stage, packets.SILENT, registered(openWebSocket))).toEqual([]);
  });

  it("that connect with a bad token are refused with 401001, whatever it is", async () => {
    await inParallel(packets.BAD_AUTHS, async (auth) => {
      const wire = await openWebSocket(stage.pod.url);
      wire.send(`40${auth}`);
      expect(await wire.comes("4"), auth).toMatch(/^44.*"errorCode":401001/);
      expect(wire.heard).toEqual([]);
      wire.close();
    });
    stage.count(packets.BAD_AUTHS.length);
  });

  it("before the namespace is entered end the connection", async () => {
    const early = [...packets.PAYLOADS, ...packets.EVENTS];
    await inParallel(early, async ({ name, frames }) => {
      const wire = await openWebSocket(stage.pod.url);
      wire.send(...frames);
      await eventually(() => expect(wire.closed, name).toBe(true));
      expect(wire.heard).toEqual([]);
    });
    stage.count(early.length);
  });
});

/** Sends bytes to a port and waits until the connection ends. @returns what came */
async function exchange(address: string, { bytes, ends }: requests.RequestCase): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connectTcp({ host: hostname, port: Number(port), allowHalfOpen: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    received += chunk;
  });
  // A connection that is cut is ended as well.
  socket.on("error", () => {});
  socket.on("end", () => socket.end());
  socket.on("close", () => resolve());
  socket.write(bytes, "latin1");
  if (ends) socket.end();
  await promise;
  return received;
}

async function tryRequests(address: string, cases: readonly requests.RequestCase[]): Promise<unknown[]> {
  const surprises: unknown[] = [];
  await inParallel(cases, async (request) => {
    const { name, status } = request;
    const answer = await exchange(address, request);
    expect(stage.pod.exitCode(), `ended by ${name}`).toBeUndefined();
    const got = answer === "" ? "closed" : Number(answer.slice("HTTP/1.1 ".length).split(" ")[0]);
    const fits = status === "cut" ? got === "closed" || got === 431 : got === status;
    if (!fits) surprises.push({ name, status, got, answer: answer.slice(0, 500) });
  });
  stage.count(cases.length);
  return surprises;
}

attacks("HTTP", () => {
  it("that is none is answered with 4xx on both ports", async () => {
    expect(await tryRequests(stage.pod.url, requests.NO_HTTP)).toEqual([]);
    expect(await tryRequests(stage.pod.rest, requests.NO_HTTP)).toEqual([]);
  });

  it("that Socket.IO does not know is answered with 4xx on the clients' port", async () => {
    expect(await tryRequests(stage.pod.url, requests.SOCKET_REQUESTS)).toEqual([]);
  });

  it("that no route takes is answered with 4xx on the operators' port", async () => {
    expect(await tryRequests(stage.pod.rest, requests.OPERATOR_REQUESTS)).toEqual([]);
  });
});

it("counts nobody once all have gone, and has logged nothing that looks like a defect", async () => {
  stage.close();
  await eventually(async () => {
    const stats = await (await fetch(`${stage.pod.rest}/stats`)).json();
    expect(stats).toMatchObject({ users_count: 0, conferences_count: 0 });
  });
  expect(stage.pod.output()).not.toMatch(/uncaught|unhandled|Error:|\n\s+at |"level":[56]0/i);
  expect(stage.tried()).toBeGreaterThan(450);
});
