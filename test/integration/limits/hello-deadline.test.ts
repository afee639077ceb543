// Who does not say in time who it is (PROTOCOL.md, "Hello").
import type { Socket } from "node:net";
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { ENTRY, openBare } from "../../helpers/bare-socket.ts";
import { eventually } from "../../helpers/eventually.ts";
import { figure } from "../../helpers/figures.ts";
import { connect } from "../../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../../helpers/pod.ts";
import { readMetric } from "../../helpers/pods.ts";
import { rejections } from "../../helpers/rejections.ts";

interface Message {
  readonly from: string;
  readonly to: string;
  readonly jsongle: { readonly action: string; readonly description?: unknown };
}

let pod: Pod;
beforeAll(async () => {
  pod = await startPod({ helloSeconds: "1" });
});
afterAll(() => pod.stop());

/** @param answer what is sent again and again to hello, if anything */
async function loiter(transport: string, answer?: object) {
  const socket = io(pod.url, {
    transports: [transport],
    forceNew: true,
    reconnection: false,
    auth: { appToken: APP_TOKEN },
  });
  onTestFinished(() => void socket.disconnect());
  const heard: Message[] = [];
  socket.on("jsongle", (message: Message) => {
    heard.push(message);
    if (answer) socket.emit("jsongle", { to: message.from, jsongle: answer });
  });
  const reason = await new Promise((resolve) => socket.on("disconnect", resolve));
  return { reason, errors: heard.filter(({ jsongle }) => jsongle.action === "session-error") };
}

test.each(["websocket", "polling"])(
  "over %s it is told, and its transport closed, so that a client of Socket.IO comes back by itself",
  async (transport) => {
    const { reason, errors } = await loiter(transport);
    expect(reason).toBe("transport close");
    expect(errors).toHaveLength(1);
    const errorDetails = "session-hello was not answered within 1 s: the connection is closed";
    expect(errors[0]!.jsongle.description).toEqual({ errorCode: 403_002, errorDetails });
  },
);

test("answers that are not accepted do not prolong the time", async () => {
  const hello = { action: "iq-result", query: "session-hello", description: { uid: "" } };
  expect(await loiter("websocket", hello)).toMatchObject({ reason: "transport close" });
});

test("who has said hello stays, however long it is silent", async () => {
  const member = await connect(pod.url);
  for (let n = 0; n < 2; n++) await loiter("websocket");
  expect(await member.join("a room")).toMatchObject({ rid: "a room" });
});

const CROWD = 10_000;
const POLLERS = 100;
const SOURCES = 20;

/** A third each: those who poll once, those who never enter the namespace, and those who never answer hello. */
async function openHalf(port: number, n: number): Promise<Socket> {
  const socket = await openBare(port, n % 3 === 0 ? "polling" : "websocket", `127.0.0.${2 + (n % SOURCES)}`);
  if (n % 3 === 2) socket.write(ENTRY);
  return socket;
}

async function openAll(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const rest = Array.from({ length: count }).keys();
  const open = async () => {
    for (const n of rest) sockets.push(await openHalf(port, n));
  };
  await Promise.all(Array.from({ length: 50 }, open));
  return sockets;
}

/** Collects garbage every two seconds, so that the heap shows what is really held. */
const COLLECTING = `import{setFlagsFromString}from"node:v8";import{runInNewContext}from"node:vm";setFlagsFromString("--expose-gc");const gc=runInNewContext("gc");setInterval(gc,2000).unref();`;

test("10,000 that connect and say nothing are gone after the deadline, and so is what they took of the heap", {
  timeout: 400_000,
}, async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(COLLECTING)}`;
  const crowded = await startPod({
    maxConcurrentUsers: "20000",
    helloSeconds: "15",
    NODE_OPTIONS,
  });
  onTestFinished(async () => void (await crowded.stop()));
  const port = Number(new URL(crowded.url).port);
  const heap = () => readMetric(crowded, "jongleur_nodejs_heap_size_used_bytes");
  const ended = async () => rejections(crowded, "hello_deadline");
  const member = await connect(crowded.url);
  // The first ones make the pod load and compile what it keeps. Those of them who polled are there until the deadline.
  for (const socket of await openAll(port, 3 * POLLERS)) socket.destroy();
  await eventually(async () => expect(await readMetric(crowded, "users_count")).toBe(1), 30_000);
  const before = await heap();
  const sockets = await openAll(port, CROWD);
  const during = await heap();
  await eventually(async () => expect(await ended()).toBe(POLLERS + CROWD), 120_000);
  // Also of those who answer no closing handshake.
  await eventually(() => expect(sockets.filter(({ readyState }) => readyState === "open")).toHaveLength(0), 10_000);
  expect(await readMetric(crowded, "users_count")).toBe(1);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  await eventually(async () => expect(await heap()).toBeLessThan(before + 10_000_000), 30_000);
  expect(during).toBeGreaterThan(before + 20_000_000);
  figure(
    "heap before, with and after 10,000 half-open connections",
    [before, during, await heap()].map(megabytes).join(", "),
  );
  expect(await member.join("a room")).toMatchObject({ members: [] });
});
