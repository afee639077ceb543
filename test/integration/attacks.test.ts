// Attacks on the way in to JSONgle, one by one: around the checks, in another's name, and on the pod itself.
import { connect as connectTcp } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { shakeHands, statusOfHandshake } from "../helpers/handshake.ts";
import { JWT_SECRET, openMse, tokenFor } from "../helpers/mse-client.ts";
import { action, connect, errorCode, event, type Party, settle } from "../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../helpers/pod.ts";
import { inParallel } from "./hostile/stage.ts";
import { event as frame, openPolling, openWebSocket, SERVER_ID } from "./hostile/wire.ts";

const POLLING = "/socket.io/?EIO=4&transport=polling";
const SOCKET = "/socket.io/?EIO=4&transport=websocket";

let pod: Pod;
let victims: readonly [Party, Party];
beforeAll(async () => {
  pod = await startPod({
    jwtSecret: JWT_SECRET,
    jwtRequired: "false",
    maxMembersPerMultiRoom: "20",
    shutdownTimeoutSeconds: "1",
  });
  victims = [await connect(pod.url, "alice"), await connect(pod.url, "bob")];
  for (const victim of victims) await victim.joinMuc("room of the victims");
});
afterAll(() => pod.stop());

/** The pod runs, and the victims hear each other and nobody else. */
afterEach(async () => {
  expect(pod.exitCode(), pod.output().slice(-2000)).toBeUndefined();
  const [alice, bob] = victims;
  const id = alice.send("room of the victims", { action: "session-text", namespace: "muc", description: {} });
  await bob.hears((message) => message.id === id);
  const strangers = bob.heard.filter(({ from }) => from !== SERVER_ID && from !== "room of the victims/alice");
  expect(strangers).toEqual([]);
});

const get = async (path: string, init: RequestInit = {}) => {
  const answer = await fetch(`${pod.url}${path}`, init);
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
};

const users = async () => ((await (await fetch(`${pod.rest}/stats`)).json()) as { users_count: number }).users_count;

test.each(["/admin", "/admin?x=1", "/jsongle", "/pods", "/__proto__", "//"])(
  "a second namespace, %s, lets nobody in, with the right token either",
  async (namespace) => {
    const before = await users();
    const wire = await openWebSocket(pod.url);
    wire.send(`40${namespace},${JSON.stringify({ appToken: APP_TOKEN })}`);
    expect(await wire.comes("4")).toMatch(/^44.*Invalid namespace/);
    wire.send(`42${namespace},${JSON.stringify(["jsongle", { to: SERVER_ID, jsongle: { action: "iq-set" } }])}`);
    await eventually(() => expect(wire.closed).toBe(true));
    expect(wire.heard).toEqual([]);
    expect(await users()).toBe(before);
  },
);

test.each([
  ["another token", { appToken: "another" }, 401_001],
  ["no token", {}, 401_001],
])("polling is no way around the checks: %s", async (_name, auth, code) => {
  const wire = await openPolling(pod.url);
  wire.send(`40${JSON.stringify(auth)}`);
  expect(await wire.comes("44")).toContain(`"errorCode":${code}`);
  wire.close();
});

test("polling is no way around hello, rooms and limits", async () => {
  const wire = await (await openPolling(pod.url)).enter();
  const text = (to: string, content: string) =>
    frame({
      id: "m",
      from: victims[0].id,
      to,
      jsongle: { action: "session-text", namespace: "muc", description: { content } },
    });
  const [early] = await wire.attempt([[text("room of the victims", "hi")]]);
  expect((early as readonly never[]).map(errorCode)).toEqual([403_002]);
  await wire.register("eve");
  const outcomes = await wire.attempt([[text("room of the victims", "hi")], [text(SERVER_ID, "x".repeat(1_000_001))]]);
  expect(outcomes.map((outcome) => (outcome as readonly never[]).map(errorCode))).toEqual([[404_002], [413_001]]);
  wire.close();
});

test("an older protocol of the transport is refused, and can't go on with a session of the present one", async () => {
  for (const version of ["EIO=3&", "EIO=2&", "", "EIO=5&"]) {
    const { status, text } = await get(`/socket.io/?${version}transport=polling`);
    expect([status, JSON.parse(text).code], version).toEqual([400, 5]);
  }
  const { socket } = await shakeHands(`${pod.url}/socket.io/?EIO=3&transport=websocket`);
  socket.on("error", () => {}).resume();
  await eventually(() => expect(socket.destroyed || socket.readableEnded).toBe(true));
  const { sid } = JSON.parse((await get(POLLING)).text.slice(1));
  expect((await get(`/socket.io/?EIO=3&transport=polling&sid=${sid}`)).status).toBe(400);
  expect((await get(`${POLLING}&sid=${sid}`, { method: "POST", body: "1" })).status).toBe(200);
});

test("the id by which others know a session is no key to its connection, nor is any that is guessed", async () => {
  const real = await openPolling(pod.url);
  const [opened = ""] = real.frames;
  const { sid } = JSON.parse(opened.slice(1));
  const guesses = [
    victims[0].id,
    `${sid.slice(0, -1)}x`,
    sid.toLowerCase(),
    "__proto__",
    "constructor",
    "A".repeat(20),
  ];
  await inParallel(guesses, async (guess) => {
    expect((await get(`${POLLING}&sid=${guess}`)).status, guess).toBe(400);
    expect((await get(`${POLLING}&sid=${guess}`, { method: "POST", body: "1" })).status, guess).toBe(400);
    expect(await statusOfHandshake(`${pod.url}${SOCKET}&sid=${guess}`), guess).toBe(400);
  });
  const sids = new Set<string>();
  for (let n = 0; n < 20; n++) sids.add(JSON.parse((await get(POLLING)).text.slice(1)).sid.slice(0, 16));
  expect(sids.size).toBe(20);
  real.close();
});

test("whatever a client forges in X-Forwarded-For, its address is that of its connection", async () => {
  const forged = { "X-Forwarded-For": "198.51.100.66", Forwarded: "for=198.51.100.66", "X-Real-IP": "198.51.100.66" };
  const refused = connect(pod.url, "eve", { appToken: "wrong", options: { extraHeaders: forged } });
  await expect(refused).rejects.toMatchObject({ code: 401_001 });
  await eventually(() => expect(pod.output()).toMatch(/"peer":"(::ffff:)?127\.0\.0\.1".*"connection refused"/));
  const mse = await openMse(pod.url, "/mse", { headers: forged });
  await mse.ask({ id: 1, method: "auth", jsonrpc: "2.0", params: { token: await tokenFor() } });
  const whoami = { id: 2, method: "whoami", jsonrpc: "2.0" };
  expect(await mse.ask(whoami)).toMatchObject({ result: { ipAddress: "127.0.0.1" } });
  mse.close();
  expect(pod.output()).not.toContain("198.51.100.66");
});

test("a spoofed from, initiator or sid, or an event of the server, makes nobody somebody else", async () => {
  const [alice] = victims;
  const eve = await (await openWebSocket(pod.url)).enter().then((wire) => wire.register("eve"));
  const carol = await connect(pod.url, "carol");
  await carol.joinMuc("with eve");
  const join = { action: "iq-set", query: "muc-join", transaction: "t", description: { rid: "with eve" } };
  eve.send(frame({ to: SERVER_ID, jsongle: join }));
  await carol.hears(event("joined"));
  const spoofed = [
    { action: "session-text", namespace: "muc", description: { content: "I am Alice", from: "alice" } },
    { action: "session-propose", namespace: "muc", sid: "sid of Alice's call", initiator: alice.id, description: {} },
    { action: "session-terminate", namespace: "muc", sid: "sid of Alice's call", initiator: alice.id, description: {} },
    { action: "session-event", namespace: "muc", event: "typing", description: { member: { uid: "alice" } } },
  ];
  const ofTheServer = ["left", "joined", "kicked", "server-drain", "token-expiring"].map((name) => [
    frame({ to: "with eve", jsongle: { action: "session-event", namespace: "muc", event: name, description: {} } }),
  ]);
  const refusals = (await eve.attempt(ofTheServer)).flatMap((outcome) => (outcome as readonly never[]).map(errorCode));
  expect(refusals).toEqual(ofTheServer.map(() => 405_001));
  for (const from of [alice.id, SERVER_ID, "with eve/alice", carol.id]) {
    for (const jsongle of spoofed) eve.send(frame({ id: "m", from, to: "with eve", jsongle }));
  }
  await eventually(() => expect(carol.heard.filter(({ id }) => id === "m")).toHaveLength(4 * spoofed.length));
  expect(new Set(carol.heard.filter(({ id }) => id === "m").map(({ from }) => from))).toEqual(
    new Set(["with eve/eve"]),
  );
  // What is for the room of others, or for one of them, goes nowhere.
  const targets = ["room of the victims", alice.id, "room of the victims/alice", "alice"];
  const outcomes = await eve.attempt(
    targets.flatMap((to) => spoofed.map((jsongle) => [frame({ id: "m", from: alice.id, to, jsongle })])),
  );
  expect(new Set(outcomes.flatMap((outcome) => (outcome as readonly never[]).map(errorCode)))).toEqual(
    new Set([404_002]),
  );
  await settle(alice, carol);
  expect(alice.heard.filter(action("session-error"))).toEqual([]);
  for (const client of [eve, carol]) client.close();
});

test("a packet that announces endless attachments ends its connection, and costs nothing", async () => {
  const bombs = ['451000000-["x",{}]', '4511-["x",{}]', '461000000-["x"]', '45999999999999999999-["x",{}]'];
  const before = await residentMegabytes();
  for (const open of [openWebSocket, openPolling]) {
    await inParallel(
      Array.from({ length: 40 }, (_, n) => bombs[n % bombs.length] as string),
      async (bomb) => {
        const wire = await (await open(pod.url)).enter();
        wire.send(bomb);
        // Before the connection is closed nothing of this is kept.
        for (let n = 0; n < 5; n++) wire.send(new Uint8Array(100_000));
        await eventually(() => expect(wire.closed, bomb).toBe(true));
      },
    );
  }
  expect(await residentMegabytes()).toBeLessThan(before + 100);
});

async function residentMegabytes(): Promise<number> {
  const metrics = await (await fetch(`${pod.rest}/metrics`)).text();
  return Number(/^jongleur_process_resident_memory_bytes (\d+)/m.exec(metrics)?.[1]) / 1_000_000;
}

test("compression is not agreed on, and a compressed frame ends its connection", async () => {
  for (const path of [SOCKET, "/mse"]) {
    const { status, socket } = await shakeHands(`${pod.url}${path}`, {
      "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
    });
    expect(status).toBe(101);
    // A text frame with RSV1, masked, of the compressed text of nothing.
    socket.on("error", () => {});
    socket.resume();
    socket.write(Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0]));
    await eventually(() => expect(socket.destroyed || socket.readableEnded).toBe(true));
  }
});

test("headers beyond measure are refused, and cookies are neither read nor set", async () => {
  expect((await get(POLLING, { headers: { "X-Long": "x".repeat(20_000) } })).status).toBe(431);
  expect(await statusOfHandshake(`${pod.url}/mse`, { "X-Long": "x".repeat(20_000) })).toBe(431);
  const many = Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`x${n}`, "1"]));
  for (const path of [SOCKET, "/mse"]) expect([101, 400, 431]).toContain(await statusOfHandshake(pod.url + path, many));
  const cookie = `io=${victims[0].id}; sid=${victims[0].id}; __proto__=x; =; ${"a=b; ".repeat(500)}`;
  const { status, headers, text } = await get(POLLING, { headers: { Cookie: cookie } });
  expect([status, headers.has("set-cookie"), text.startsWith("0{")]).toEqual([200, false, true]);
});

test("a flood of handshakes that are never completed keeps nobody out", { timeout: 60_000 }, async () => {
  const before = await users();
  const { hostname, port } = new URL(pod.url);
  const half = `GET ${SOCKET} HTTP/1.1\r\nHost: pod\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Slow: `;
  const flood = Array.from({ length: 500 }, () => connectTcp(Number(port), hostname));
  for (const tcp of flood) tcp.on("error", () => {}).write(half);
  await Promise.all(
    flood.map((tcp) => eventually(() => expect(tcp.pending || tcp.bytesWritten < half.length).toBe(false))),
  );
  const silent = await Promise.all(Array.from({ length: 200 }, () => shakeHands(`${pod.url}${SOCKET}`)));
  const ended = new Set<number>();
  for (const [n, { socket }] of silent.entries()) {
    socket.on("error", () => {}).on("close", () => ended.add(n));
    // All else that comes is ASCII: this is the frame that closes a WebSocket.
    socket.on("data", (chunk: Buffer) => chunk.includes(0x88) && ended.add(n));
  }
  const newcomer = await connect(pod.url, "newcomer");
  expect(await newcomer.join("in the flood")).toEqual({ members: [], rid: "in the flood" });
  newcomer.close();
  // A connection that says nothing is no user, and is closed by the pod.
  await eventually(async () => expect(await users()).toBe(before));
  await eventually(() => expect(ended.size).toBe(silent.length), 20_000);
  for (const { socket } of silent) socket.destroy();
  for (const tcp of flood) tcp.destroy();
});
