// Connecting: admission, hello, transports (PROTOCOL.md, "Connecting").
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { action, connect, errorCode, settle } from "../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../helpers/pod.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod();
});
afterAll(() => pod.stop());

interface Message {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly jsongle: Record<string, unknown>;
}

/** A bare socket that answers nothing by itself. */
async function open(auth: object = { appToken: APP_TOKEN }): Promise<{ socket: Socket; heard: Message[] }> {
  const socket = io(pod.url, { forceNew: true, reconnection: false, transports: ["websocket"], auth });
  const heard: Message[] = [];
  socket.on("jsongle", (message: Message) => heard.push(message));
  await eventually(() => expect(heard).toHaveLength(1));
  return { socket, heard };
}

const answerHello = (hello: Message, description: unknown, id = "1") => ({
  id,
  from: hello.to,
  to: hello.from,
  jsongle: { action: "iq-result", query: "session-hello", transaction: hello.jsongle.transaction, description },
});

test("the server greets with its id, the session's, and what it is", async () => {
  const { socket, heard } = await open();
  const [hello] = heard;
  expect(Object.keys(hello!)).toEqual(["id", "from", "to", "jsongle"]);
  expect(Object.keys(hello!.jsongle)).toEqual(["action", "query", "transaction", "description"]);
  expect(hello).toMatchObject({
    from: "jsongle-server",
    to: socket.id,
    jsongle: {
      action: "iq-get",
      query: "session-hello",
      description: { sn: "jsongle-server", version: expect.any(String), info: expect.stringMatching(/, at pod \S+$/) },
    },
  });
  const { connected } = hello!.jsongle.description as { connected: string };
  expect(new Date(connected).toISOString()).toBe(connected);
  socket.disconnect();
});

test("the answer to a first poll names the session in a header, for balancers, and later ones don't", async () => {
  const polling = `${pod.url}/socket.io/?EIO=4&transport=polling`;
  const first = await fetch(polling);
  const { sid } = JSON.parse((await first.text()).slice(1)) as { sid: string };
  const later = await fetch(`${polling}&sid=${sid}`, { method: "POST", body: "1" });
  expect(first.headers.get("engine-session")).toBe(sid);
  expect(later.ok).toBe(true);
  expect(later.headers.has("engine-session")).toBe(false);
});

test.each([{}, { uid: "" }, { uid: 7 }, null, "u", []])(
  "the hello answer %j fails, and may be given again",
  async (description) => {
    const { socket, heard } = await open();
    const [hello] = heard;
    socket.emit("jsongle", answerHello(hello!, description));
    await eventually(() => expect(heard).toHaveLength(3));
    expect(heard[1]!.jsongle).toEqual({ action: "ack", status: "failed", transaction: hello!.jsongle.transaction });
    expect(heard[2]!.jsongle).toMatchObject({ action: "session-error", description: { errorCode: 400001 } });
    socket.emit("jsongle", answerHello(hello!, { uid: "u" }));
    await eventually(() => expect(heard.at(-1)!.jsongle).toMatchObject({ action: "ack", status: "success" }));
    socket.disconnect();
  },
);

test("until hello is accepted every other request is refused, and has no effect", async () => {
  const peer = await connect(pod.url);
  await peer.join("before hello");
  const { socket, heard } = await open();
  const [hello] = heard;
  for (const query of ["session-join", "session-leave", "nonsense"]) {
    const jsongle = { action: "iq-set", query, transaction: "t", description: { rid: "before hello" } };
    socket.emit("jsongle", { id: "1", from: hello!.to, to: hello!.from, jsongle });
  }
  await eventually(() => expect(heard).toHaveLength(4));
  expect(heard.slice(1).map(({ jsongle }) => jsongle.description)).toMatchObject(Array(3).fill({ errorCode: 403002 }));
  await settle(peer);
  expect(peer.heard.filter(action("session-event"))).toEqual([]);
  socket.disconnect();
});

test("a hello answer that nobody asked for changes nothing", async () => {
  const alice = await connect(pod.url, "alice");
  const bob = await connect(pod.url);
  await bob.join("second hello");
  alice.send(alice.serverId, { action: "iq-result", query: "session-hello", description: { uid: "mallory" } });
  await alice.join("second hello");
  const joined = await bob.hears(action("session-event"));
  expect(joined.jsongle.description).toMatchObject({ member: { uid: "alice" } });
  expect(alice.heard.filter(action("ack"))).toEqual([]);
});

test.each([["polling"], ["websocket"], ["polling", "websocket"]])(
  "a client that uses %s %s is served",
  async (...transports) => {
    const alice = await connect(pod.url, undefined, { options: { transports: transports.filter(Boolean) } });
    const bob = await connect(pod.url);
    const rid = `over ${transports.join("+")}`;
    await alice.join(rid);
    await bob.join(rid);
    for (let n = 0; n < 50; n++) alice.send(rid, { action: "session-info", reason: "active", description: { n } });
    await bob.hears(({ jsongle }) => (jsongle.description as { n?: number }).n === 49);
    const numbers = bob.heard
      .filter(action("session-info"))
      .map(({ jsongle }) => (jsongle.description as { n: number }).n);
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
  },
);

test("only pages of the origins that are named may connect, over any transport", async () => {
  const strict = await startPod({ corsPolicyOrigin: "https://a.example, https://b.example:8443" });
  const from = (origin: string, transport: string) =>
    connect(strict.url, undefined, { options: { transports: [transport], extraHeaders: { Origin: origin } } });
  for (const transport of ["polling", "websocket"]) {
    expect((await from("https://b.example:8443", transport)).connected).toBe(true);
    await expect(from("https://evil.example", transport)).rejects.toThrow();
  }
  expect((await connect(strict.url)).connected).toBe(true);
  await strict.stop();
});

test("one connection is one session, however often it asks to be let in", async () => {
  const socket = new WebSocket(`${pod.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const packets: string[] = [];
  let closed = false;
  socket.onclose = () => {
    closed = true;
  };
  socket.onmessage = ({ data }) => {
    packets.push(data);
    if (data.startsWith("0")) for (let n = 0; n < 5; n++) socket.send(`40${JSON.stringify({ appToken: APP_TOKEN })}`);
  };
  const refused = () => packets.filter((packet) => packet.startsWith("44")).length;
  await eventually(() => expect(closed || refused() === 4).toBe(true));
  expect(packets.filter((packet) => packet.startsWith("40"))).toHaveLength(1);
  socket.close();
});

test("the answer goes to the session that asked, whoever it claimed to be, and echoes that claim", async () => {
  const { socket, heard } = await open();
  const victim = await connect(pod.url);
  socket.emit("jsongle", { id: "1", from: victim.id, to: "nowhere", jsongle: { action: "session-text" } });
  await eventually(() => expect(heard).toHaveLength(2));
  expect(heard[1]!.to).toBe(victim.id);
  await settle(victim);
  expect(victim.heard.map(errorCode)).toEqual([404001]);
  socket.disconnect();
});
