// The bus on Redis: what it saves, and what it says when Redis or a connection fails.
import type { Parcel } from "@jongleur/core";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { startRedisCluster } from "../provision/redis-cluster.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";
import { startSentinels } from "../provision/sentinels.ts";
import { parcel, sendOverTicks, series } from "./pod-bus-contract.ts";
import { type BusPod, connection, createPod, openPods } from "./redis-bus-network.ts";

const PATIENCE_MS = 15_000;
/** Half of what an outbox takes, in one parcel. */
const HUGE = parcel("huge", "x".repeat(2 * 1024 * 1024));

const channelOf = ({ name }: BusPod) => `jgl#/pods#${name}#`;

async function ownRedis(): Promise<RedisServer> {
  const server = await startRedisServer();
  onTestFinished(() => server.stop());
  return server;
}

async function open(url: string, names: readonly string[], parts?: Parameters<typeof openPods>[2]): Promise<BusPod[]> {
  const pods = await openPods(url, names, parts);
  onTestFinished(async () => void (await Promise.all(pods.map(({ close }) => close()))));
  return pods;
}

async function openTwo(url: string, parts?: Parameters<typeof openPods>[2]): Promise<[BusPod, BusPod]> {
  const [a, b] = await open(url, ["a", "b"], parts);
  return [a!, b!];
}

const LAST = parcel("last");

/** Waits until a way works again, on which the last word may have to be said more than once. */
async function sendLastWord(from: BusPod, to: BusPod): Promise<void> {
  await eventually(() => {
    from.bus.send(to.name, LAST);
    expect(to.heard.from(from.name)).toContainEqual(LAST);
  }, PATIENCE_MS);
}

/** Nothing arrived twice or out of order, and if something did not arrive, somebody was told. */
function expectAccounted(from: BusPod, to: BusPod, sent: readonly Parcel[]): void {
  const numbers = new Map(sent.map((each, number) => [JSON.stringify(each), number]));
  const numbersOf = (parcels: readonly Parcel[]) =>
    parcels.map((each) => numbers.get(JSON.stringify(each))).filter((number) => number !== undefined);
  const heard = numbersOf(to.heard.from(from.name));
  expect(heard).toEqual([...new Set(heard)].toSorted((one, other) => one - other));
  const toldOf = new Set([...heard, ...numbersOf(from.heard.undelivered.map(({ parcel }) => parcel))]);
  if (to.heard.missed.length === 0) expect(toldOf.size).toBe(sent.length);
}

test.for(["sharded", "classic"] as const)("what is sent in one tick is one batch, %s", async (kind) => {
  const [a, b, c] = await open((await ownRedis()).url, ["a", "b", "c"], { kind });
  for (const each of series("p", 50)) a!.bus.send("b", each);
  await eventually(() => expect(b!.heard.from("a")).toHaveLength(50));
  expect(a!.tally).toMatchObject({ batchesSent: 1, parcelsSent: 50, undelivered: 0 });
  expect(b!.tally).toMatchObject({ batchesReceived: 1, parcelsReceived: 50, missed: 0 });
  expect(c!.tally).toMatchObject({ batchesReceived: 0 });
});

test("a pod listens on one channel, and leaves it when it closes", async () => {
  const { url } = await ownRedis();
  const [a] = await open(url, ["a", "b"]);
  const asked = connection(url, "commands");
  await asked.connect();
  onTestFinished(() => asked.disconnect());
  const channels = async () => ((await asked.call("PUBSUB", "SHARDCHANNELS")) as string[]).toSorted();
  expect(await channels()).toEqual(["jgl#/pods#a#", "jgl#/pods#b#"]);
  await a!.bus.close();
  expect(await channels()).toEqual(["jgl#/pods#b#"]);
  await a!.bus.close();
});

test("what waits is sent before a bus closes", async () => {
  const [a, b] = await openTwo((await ownRedis()).url);
  for (const each of series("last words", 20)) a.bus.send("b", each);
  await a.bus.close();
  await eventually(() => expect(b.heard.from("a")).toHaveLength(20));
});

test("a batch that comes twice, and what is no batch, is dropped", async () => {
  const [a, b] = await openTwo((await ownRedis()).url);
  const batches: Buffer[] = [];
  b.sub().on("smessageBuffer", (_: Buffer, message: Buffer) => void batches.push(message));
  a.bus.send("b", parcel("1"));
  await a.bus.settle("b");
  for (const batch of [...batches]) await a.pub.spublish(channelOf(b), batch);
  const packet = (data: unknown) => ({ type: 3, uid: "x", nsp: "/pods", data });
  const requests = [4, 5, 6, 7, 8, 9, 10].map((type) => ({ ...packet({ opts: { rooms: [], except: [] } }), type }));
  const strange = [
    "",
    "{",
    "null",
    "{}",
    "\xc1",
    "[]",
    '["a"]',
    packet({}),
    packet({ packet: { data: "[]" } }),
    ...requests,
  ];
  for (const each of strange) {
    await a.pub.spublish(channelOf(b), typeof each === "string" ? each : JSON.stringify(each));
  }
  a.bus.send("b", parcel("2"));
  await a.bus.settle("b");
  expect(b.heard.from("a")).toEqual([parcel("1"), parcel("2")]);
  expect(b.heard.missed).toEqual([]);
});

test("a pod that is cut off sends nothing, not even what waits already", async () => {
  let cutOff = false;
  const [a, b] = await openTwo((await ownRedis()).url, { cutOff: () => cutOff });
  a.bus.send("b", parcel("waits"));
  cutOff = true;
  a.bus.send("b", parcel("is refused"));
  expect(a.bus.reaches("b")).toBe(false);
  expect(await a.bus.settle("b")).toBe(false);
  await eventually(() => expect(a.heard.undelivered).toHaveLength(2));
  cutOff = false;
  expect(await a.bus.settle("b")).toBe(true);
  expect(b.heard.parcels).toEqual([]);
});

test("while Redis is away every parcel comes back, and once it is again all goes on", async () => {
  const server = await ownRedis();
  const [a, b] = await openTwo(server.url);
  expect(await a.bus.settle("b")).toBe(true);
  for (const each of series("under way", 100)) a.bus.send("b", each);
  await server.kill();
  await eventually(() => expect(a.bus.isReady() || b.bus.isReady()).toBe(false));
  expect(a.bus.reaches("b")).toBe(false);
  expect(await a.bus.settle("b")).toBe(false);
  a.bus.send("b", parcel("away"));
  await eventually(() => expect(a.heard.undelivered.at(-1)).toEqual({ pod: "b", parcel: parcel("away") }));
  await server.restart();
  await eventually(() => {
    expect(a.bus.isReady() && b.bus.isReady()).toBe(true);
    expect([a.heard.missed, b.heard.missed]).toEqual([[undefined], [undefined]]);
  }, PATIENCE_MS);
  expect(await a.bus.settle("b")).toBe(true);
});

test("a bus that is started without Redis waits for it, and can be closed while it does", async () => {
  const server = await ownRedis();
  await server.kill();
  const [a, b] = [createPod(server.url, "a"), createPod(server.url, "b")];
  const started = Promise.all([a.bus.start(), b.bus.start()]);
  a.bus.send("b", parcel("too early"));
  await eventually(() => expect(a.heard.undelivered).toHaveLength(1));
  await b.close();
  await server.restart();
  await started;
  expect(a.bus.isReady()).toBe(true);
  await a.close();
});

test("an outbox takes so much and no more while Redis is silent, and all of it comes back", async () => {
  const server = await ownRedis();
  const [a] = await openTwo(server.url);
  server.pause();
  let sent = 0;
  while (a.bus.reaches("b") && sent < 100) {
    a.bus.send("b", HUGE);
    sent += 1;
  }
  expect(sent).toBe(2);
  expect(a.bus.waiting()).toBeLessThan(5 * 1024 * 1024);
  expect(a.bus.reaches("another")).toBe(true);
  a.bus.send("b", parcel("beyond"));
  await eventually(() => expect(a.heard.undelivered).toEqual([{ pod: "b", parcel: parcel("beyond") }]));
  await eventually(() => {
    expect(a.heard.undelivered).toHaveLength(sent + 1);
    expect(a.bus.isReady()).toBe(false);
  }, PATIENCE_MS);
  expect(a.bus.waiting()).toBe(0);
  server.resume();
  await eventually(async () => expect(await a.bus.settle("b")).toBe(true), PATIENCE_MS);
});

test("a subscriber whose connection breaks hears nothing twice or out of order, and learns of what it missed", async () => {
  const [a, b] = await openTwo((await ownRedis()).url);
  const sent = series("p", 6000);
  const sending = sendOverTicks(a.bus, "b", sent);
  for (const heard of [500, 1500, 2500]) {
    await eventually(() => expect(b.heard.parcels.length + a.heard.undelivered.length).toBeGreaterThan(heard));
    await a.pub.call("CLIENT", "KILL", "TYPE", "pubsub");
  }
  await sending;
  await eventually(() => expect(b.heard.missed).toContain(undefined));
  await sendLastWord(a, b);
  expectAccounted(a, b, sent);
});

test("a subscription that is gone while its connection is not is noticed and renewed", async () => {
  const [a, b] = await openTwo((await ownRedis()).url);
  await b.sub().sunsubscribe(channelOf(b));
  await eventually(() => expect(b.heard.missed).toEqual([undefined]), PATIENCE_MS);
  expect(await a.bus.settle("b")).toBe(true);
});

test("behind Sentinel, pods reach each other on the master that took over", { timeout: 60_000 }, async () => {
  const watched = await startSentinels();
  onTestFinished(() => watched.stop());
  const hosts = watched.sentinels.map(({ host, port }) => `${host}:${port}`).join(",");
  const [a, b] = await openTwo(`redis+sentinel://${hosts}/${watched.name}`);
  expect(await a.bus.settle("b")).toBe(true);
  await watched.failOver();
  await eventually(async () => expect(await a.bus.settle("b")).toBe(true), PATIENCE_MS);
  expect(b.heard.missed).toContain(undefined);
});

async function ownCluster() {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  return { cluster, url: `redis+cluster://${cluster.nodes.map(({ host, port }) => `${host}:${port}`).join(",")}` };
}

test("on a Cluster, pods reach each other through the replica that took over", { timeout: 60_000 }, async () => {
  const { cluster, url } = await ownCluster();
  const [a, b] = await openTwo(url);
  expect(await a.bus.settle("b")).toBe(true);
  const sent = series("p", 3000);
  const sending = sendOverTicks(a.bus, "b", sent);
  await cluster.failOver(await cluster.ownerOf(channelOf(b)));
  await sending;
  await sendLastWord(a, b);
  await eventually(() => expect(b.heard.missed).toContain(undefined), PATIENCE_MS);
  expectAccounted(a, b, sent);
});

test("on a Cluster, a subscription that is gone or hangs on a silent node is noticed and renewed", {
  timeout: 60_000,
}, async () => {
  const { cluster, url } = await ownCluster();
  const [a, b] = await openTwo(url);
  await b.sub().sunsubscribe(channelOf(b));
  await eventually(() => expect(b.heard.missed).toContain(undefined), PATIENCE_MS);
  expect(await a.bus.settle("b")).toBe(true);
  const owner = await cluster.ownerOf(channelOf(b));
  owner.pause();
  await eventually(async () => expect(await a.bus.settle("b")).toBe(true), PATIENCE_MS);
});
