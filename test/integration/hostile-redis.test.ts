// Somebody has got into Redis: whatever they publish or write there, pods go on, and what is no parcel reaches nobody.
import { randomBytes, randomUUID } from "node:crypto";
import { BusTally, type Parcel, RedisPodBus } from "@jongleur/core";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "../helpers/call.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure } from "../helpers/figures.ts";
import { parcelsOf, spoiled } from "../helpers/hostile-parcels.ts";
import { connect, event, type Party, settle } from "../helpers/party.ts";
import { type NamedPod, readMetric, type Service, startService } from "../helpers/pods.ts";
import { membersAsTold } from "../helpers/rest.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

/** Of the adapter: what it would do for other servers of Socket.IO. */
const ADAPTER_MESSAGES = Array.from({ length: 15 }, (_, type) => [
  { uid: "x", nsp: "/pods", type },
  { uid: "x", nsp: "/pods", type, data: null },
  { uid: "x", nsp: "/pods", type, data: { requestId: "r", opts: { rooms: [], except: [], flags: {} }, rooms: ["a"] } },
  { uid: "x", nsp: "/pods", type, data: { opts: null, packet: null } },
  { uid: "x", nsp: "/pods", type, data: { opts: { rooms: 7 }, packet: { type: 2, data: "text" }, close: true } },
  { uid: "x", nsp: "/pods", type, data: { opts: { rooms: [], except: [], flags: {} }, packet: ["error", {}] } },
]).flat();

let redis: RedisServer;
let attacker: Redis;
beforeAll(async () => {
  redis = await startRedisServer();
  attacker = new Redis(redis.url);
});
afterAll(async () => {
  attacker.disconnect();
  await redis.stop();
});

async function channels(kind: string): Promise<string[]> {
  return (await attacker.call("PUBSUB", kind === "sharded" ? "SHARDCHANNELS" : "CHANNELS", "jgl*")) as string[];
}

describe.each(["sharded", "classic"] as const)("by %s pub/sub", (kind) => {
  let service: Service;
  let parties: readonly [Party, Party];
  beforeAll(async () => {
    service = await startService(2, { redisUrl: redis.url, redisPubSub: kind, maxMembersPerMultiRoom: "100" });
    parties = [await connect(service.pods[0]!.url, "alice"), await connect(service.pods[1]!.url, "bob")];
    for (const party of parties) await party.joinMuc(`room of ${kind}`);
  }, 60_000);
  afterAll(() => service?.stop());

  const publish = (channel: string, message: Buffer | string) =>
    kind === "sharded" ? attacker.spublish(channel, message) : attacker.publish(channel, message);

  const malformed = async () =>
    (await Promise.all(service.pods.map((pod) => readMetric(pod, "jongleur_bus_malformed_total")))).reduce(
      (sum, count) => sum + count,
      0,
    );

  /** The pods serve old members and new ones, on both of them. */
  async function serves(): Promise<void> {
    const [alice, bob] = parties;
    const content = randomUUID();
    alice.send(`room of ${kind}`, { action: "session-text", namespace: "muc", description: { content } });
    await bob.hears(({ jsongle }) => (jsongle.description as { content?: string }).content === content);
    const [first, second] = service.pods as [NamedPod, NamedPod];
    const couple = [await connect(first.url), await connect(second.url)] as const;
    const rid = randomUUID();
    for (const party of couple) await party.join(rid);
    await call(rid, ...couple);
    for (const party of couple) party.close();
    for (const pod of service.pods) {
      expect(pod.exitCode(), pod.output().slice(-3000)).toBeUndefined();
      expect(pod.output()).not.toMatch(/uncaught|unhandled|\n\s+at /i);
    }
  }

  test("bytes that are no batch are counted, and all that is heard has its form", { timeout: 180_000 }, async () => {
    const before = await malformed();
    const heard = parties.map((party) => party.heard.length);
    const known = await channels(kind);
    const published = await realPublication(kind, known, parties[0], `room of ${kind}`);
    const hostile: (Buffer | string)[] = [
      ...ADAPTER_MESSAGES.map((message) => JSON.stringify(message)),
      ...["", "{", "[]", "null", "echo ", '{"uid":"x","nsp":"/pods","type":3}', `${"[".repeat(100_000)}`],
      ...Array.from({ length: 1000 }, (_, n) => randomBytes(n % 200)),
      // The real one with bytes flipped: its frame holds, or the batch in it is no JSON or another any more.
      ...Array.from({ length: 2000 }, () => flipped(published)),
    ];
    for (const channel of known) await Promise.all(hostile.map((message) => publish(channel, message)));
    await serves();
    expect(await malformed()).toBeGreaterThan(before + 1000);
    // A letter changed in what somebody says makes another message of it, but one of the same form.
    for (const [n, party] of parties.entries()) {
      for (const { id, from, to, jsongle } of party.heard.slice(heard[n])) {
        expect([typeof id, typeof from, to, typeof jsongle.action]).toEqual(["string", "string", party.id, "string"]);
      }
    }
    figure(`hostile publications (${kind})`, `${hostile.length * known.length}`);
  });

  test("batches of parcels that are none, beside some that are, end no pod", { timeout: 180_000 }, async () => {
    const before = await malformed();
    const pods = (await channels(kind)).map((channel) => channel.split("#")[2] ?? "");
    const sessionIds = [...parties.map(({ id }) => id), "stranger"];
    const parcels = parcelsOf({ rids: ["elsewhere", "room of nobody"], sessionIds, pods: [...pods, "ghost"] });
    const connection = () => new Redis(redis.url, { lazyConnect: true, autoResubscribe: false });
    const bus = new RedisPodBus({
      pod: `attacker-${randomUUID()}`,
      pub: connection(),
      openSub: connection,
      kind,
      cutOff: () => false,
      newId: randomUUID,
      tally: new BusTally(),
    });
    bus.receive({ onParcel: () => {}, onUndelivered: () => {}, onMissed: () => {} });
    await bus.start();
    const texts = fc.sample(
      fc.oneof(
        spoiled(parcels),
        parcels.map((parcel) => JSON.stringify(parcel)),
      ),
      3000,
    );
    // What nests too deep could not be written here.
    const values = texts.filter((text) => !text.includes("[[[[[")).map((text) => JSON.parse(text));
    for (const value of values) for (const pod of pods) bus.send(pod, value as Parcel);
    for (const pod of pods) await bus.settle(pod);
    await serves();
    expect(await malformed()).toBeGreaterThan(before);
    await bus.close();
    figure(`hostile parcels (${kind})`, `${values.length * pods.length}`);
  });

  test("a room whose hash is damaged hurts nobody, and heals where it can", { timeout: 180_000 }, async () => {
    const rid = `damaged by ${kind}`;
    const key = `jgl:{room:${rid}}`;
    const [alice, bob] = parties;
    for (const party of parties) await party.joinMuc(rid);
    const seats = [
      "",
      "x",
      "pod 1 2 {",
      "pod 1 2 7",
      "pod 1 2 {}",
      "pod one two {}",
      '  {"uid":"x"}',
      "{}".repeat(1000),
    ];
    await attacker.hset(key, Object.fromEntries(seats.map((seat, n) => [`ghost-${n}`, seat])));
    await attacker.hset(key, bob.id, "nonsense");
    const carol = await connect(service.pods[0]!.url, "carol");
    await carol.joinMuc(rid);
    carol.send(rid, { action: "session-text", namespace: "muc", description: { content: "hi" } });
    const isCarols = (message: (typeof bob.heard)[number]) => message.from === `${rid}/carol`;
    for (const party of [alice, bob]) await party.hears(isCarols);
    // Bob's pod knows that he is there, and seats him again.
    await eventually(async () => expect(await membersAsTold(service.pods[0]!, rid)).toEqual(["alice", "bob", "carol"]));
    expect(bob.heard.filter(event("left"))).toEqual([]);
    const dave = await connect(service.pods[1]!.url, "dave");
    for (const field of ["version", "kind"]) {
      await attacker.hset(key, field, "nonsense");
      await expect(dave.joinMuc(rid)).rejects.toMatchObject({ code: expect.any(Number) });
    }
    expect(await carol.request("session-leave", { rid })).toEqual({ rid });
    await attacker.del(key);
    await attacker.set(key, "another type");
    await expect(carol.joinMuc(rid)).rejects.toMatchObject({ code: 503_001 });
    await attacker.hset(`jgl:{user:alice}:sessions`, { ghost: "nonsense" });
    expect(await (await fetch(`${service.pods[0]!.rest}/users/alice`)).json()).toMatchObject({ uid: "alice" });
    await attacker.zadd("jgl:pods", 1, "nonsense", "-inf", "reaping", "+inf", "a b c", 2, "", 3, "pod x");
    await serves();
    await settle(alice, bob);
    for (const party of [carol, dave]) party.close();
  });
});

/** What one pod publishes to another when somebody speaks. */
async function realPublication(kind: string, known: readonly string[], speaker: Party, rid: string): Promise<Buffer> {
  const spy = attacker.duplicate();
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  spy.on(kind === "sharded" ? "smessageBuffer" : "messageBuffer", (_channel: Buffer, message: Buffer) => {
    if (message.includes('"kind":"message"')) resolve(message);
  });
  for (const channel of known) await (kind === "sharded" ? spy.ssubscribe(channel) : spy.subscribe(channel));
  speaker.send(rid, { action: "session-text", namespace: "muc", description: { content: "overheard" } });
  const message = await promise;
  spy.disconnect();
  return message;
}

function flipped(message: Buffer): Buffer {
  const copy = Buffer.from(message);
  for (let n = 0; n < 3; n++) copy[Math.floor(Math.random() * copy.length)]! ^= 1 << Math.floor(Math.random() * 8);
  return copy;
}
