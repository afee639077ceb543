// A pod's lease: renewed while the pod lives, lost when it was away for too long, and begun anew.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RedisRoomStore } from "@jongleur/core";
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { startRedisServer } from "../provision/redis-server.ts";
import { type LeasedPod, openPod, SHORT } from "./leased-pod.ts";
import { type Connection, connect, empty, keysIn, rethrow } from "./redis-under-test.ts";

const DB = 5;
const START_PATIENCE_MS = 15_000;
const NAMES = ["one", "other"];
const { lengthMs, renewalMs, marginMs } = SHORT;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const owner = (pod: string, epoch: number) => ({ pod, epoch });
/** Waits until a pod has gone on holding its lease for so long: what has not happened by then does not happen. */
async function goesOn({ lease }: LeasedPod, pod: string, ms: number): Promise<void> {
  const end = () => lease.deadlineOf(owner(pod, lease.epoch));
  await eventually(() => expect(lease.held()).toBe(true));
  const since = end();
  await eventually(() => expect(end()).toBeGreaterThan(since + ms));
}
const member = (sessionId: string, pod: string, epoch: number) => ({ sessionId, pod, epoch, identity: { uid: "u" } });

describe("on a Redis that is there", () => {
  let redis: Connection;
  let pods: LeasedPod[] = [];
  beforeEach(async () => {
    redis = await connect(inject("redis").url, DB);
    await empty(redis);
  });
  afterEach(async () => {
    await Promise.all(pods.map((pod) => pod.close()));
    pods = [];
    redis.disconnect();
  });

  const open = async (pod: string) => {
    const opened = await openPod(inject("redis").url, { pod, db: DB });
    pods.push(opened);
    return opened;
  };
  const start = async (pod: string) => {
    const started = await open(pod);
    await started.lease.start();
    return started;
  };
  const leases = () => redis.zrange("jgl:pods", "0", "-1");
  const now = async () => {
    const [seconds, micros] = await redis.time();
    return Number(seconds) * 1000 + Number(micros) / 1000;
  };

  test("a lease is renewed while its pod lives, and nobody asks for the dead while all live", async () => {
    const [one, other] = [await start("one"), await start("other")];
    await goesOn(one, "one", 3 * lengthMs);
    expect([one.lease.held(), one.lease.epoch, one.epochs]).toEqual([true, 1, []]);
    expect(await leases()).toEqual(expect.arrayContaining(["one 1", "other 1"]));
    expect([one.looks(), other.looks()]).toEqual([0, 0]);
  });

  test("a lease is only for what is held by the pod under its current epoch", async () => {
    const { lease } = await start("one");
    for (const stranger of [owner("one", 0), owner("one", 2), owner("other", 1)]) {
      expect(lease.deadlineOf(stranger)).toBe(0);
    }
  });

  test("a lease that Redis has forgotten is followed by one for the next epoch", async () => {
    const { lease, epochs, rooms } = await start("one");
    await rooms.join("r", member("a", "one", 1), "room", 2);
    await empty(redis);
    await eventually(() => expect(epochs).toEqual([2]));
    expect([lease.epoch, lease.held()]).toEqual([2, true]);
    expect(await rooms.join("r", member("a", "one", 1), "room", 2)).toEqual({ outcome: "unavailable" });
    expect(await rooms.join("r", member("a", "one", 2), "room", 2)).toMatchObject({ outcome: "joined" });
  });

  test("a process that comes after another of its name takes an epoch of its own", async () => {
    const before = await start("one");
    await before.die();
    const { lease, epochs } = await start("one");
    expect([lease.epoch, epochs]).toEqual([2, []]);
    await eventually(async () => expect(await leases()).toEqual(["one 2"]));
  });

  test("of many who claim the dead at once, one gets each", async () => {
    const claimants = await Promise.all(Array.from({ length: 6 }, (_, i) => open(`claimant-${i}`)));
    const dead = Array.from({ length: 30 }, (_, i) => `dead-${i} ${i}`);
    const lapsed = Math.floor(await now()) - 60_000;
    await redis.zadd("jgl:pods", ...dead.flatMap((each, i) => [lapsed + i, each]));
    const claimed: string[] = [];
    const claimAll = async ({ lease }: LeasedPod) => {
      for (let claim = await lease.claims.take(); claim; claim = await lease.claims.take()) {
        claimed.push(`${claim.owner.pod} ${claim.owner.epoch}`);
      }
    };
    await Promise.all(claimants.flatMap((each) => [claimAll(each), claimAll(each)]));
    expect(claimed.toSorted()).toEqual(dead.toSorted());
  });

  test("a claim whose reaper has died is claimed again, and is no longer the first one's", async () => {
    const [one, other] = [await open("one"), await open("other")];
    await redis.zadd("jgl:pods", Math.floor(await now()) - 60_000, "dead 3");
    const dead = owner("dead", 3);
    const first = await one.lease.claims.take();
    expect(first).toMatchObject({ owner: dead });
    const deadline = one.lease.deadlineOf(dead);
    expect(deadline).toBeGreaterThan(await now());
    expect(await other.lease.claims.take()).toBeUndefined();
    await eventually(async () => expect(await other.lease.claims.take()).toMatchObject({ owner: dead }));
    expect(one.lease.deadlineOf(dead)).toBe(0);
    expect(other.lease.deadlineOf(dead)).toBeGreaterThan(deadline + marginMs);
    // What the first still does about it, it does to nobody's claim.
    const held = await redis.zscore("jgl:pods", "reaping dead 3");
    await one.lease.claims.renew(first!);
    await one.lease.claims.end(first!);
    expect(await redis.zscore("jgl:pods", "reaping dead 3")).toBe(held);
  });

  test("a doubt leads to a new epoch, once Redis has answered without another one", async () => {
    const one = await start("one");
    const { lease, epochs } = one;
    const doubting = setInterval(() => lease.doubt(), renewalMs / 10);
    await goesOn(one, "one", 5 * renewalMs);
    expect(epochs).toEqual([]);
    clearInterval(doubting);
    await eventually(() => expect(epochs).toEqual([2]));
    // The former epoch's work is over, but until all is held under the new one nobody may reap it.
    expect(lease.deadlineOf(owner("one", 1))).toBe(0);
    lease.doubt(owner("one", 1));
    await goesOn(one, "one", lengthMs + 2 * marginMs);
    expect((await leases()).toSorted()).toEqual(["one 1", "one 2"]);
    expect(epochs).toEqual([2]);
  });

  test("what a settled pod holds under former epochs is reaped, and what it holds under the new one stays", async () => {
    const [one, other] = [await start("one"), await start("other")];
    for (const session of ["stays", "unknown"]) await one.rooms.join("r", member(session, "one", 1), "room", 3);
    await one.presence.online({ ...member("stays", "one", 1), uid: "u", protocol: "jsongle" });
    one.lease.doubt();
    await eventually(() => expect(one.epochs).toEqual([2]));
    await one.rooms.join("r", member("stays", "one", 2), "room", 3);
    await one.presence.online({ ...member("stays", "one", 2), uid: "u", protocol: "jsongle" });
    one.lease.settled(1);
    one.lease.settled(2);
    await eventually(() => expect([...one.reaped, ...other.reaped]).toHaveLength(1));
    expect(await redis.exists("jgl:{pod:one}:1:holdings")).toBe(0);
    expect(await one.rooms.read("r")).toMatchObject({ room: { members: [member("stays", "one", 2)] } });
    expect(await one.presence.sessionsOf("u")).toMatchObject({ sessions: [{ sessionId: "stays", epoch: 2 }] });
    await eventually(async () => expect((await leases()).toSorted()).toEqual(["one 2", "other 1"]));
  });

  test("a write that is still under way when the pod has gone on to a new epoch is reaped, or comes to nothing", async () => {
    const { lease, epochs } = await start("one");
    let deadline = 0;
    const late = new RedisRoomStore(redis, { deadlineOf: () => deadline, doubt() {} }, rethrow);
    lease.doubt();
    await eventually(() => {
      deadline = lease.deadlineOf(owner("one", 1)) || deadline;
      expect(epochs).toEqual([2]);
    });
    lease.settled(2);
    await eventually(async () => expect(await now()).toBeGreaterThan(deadline - marginMs));
    expect(await late.join("r", member("late", "one", 1), "room", 2)).toMatchObject({ outcome: "joined" });
    await eventually(async () => expect(await keysIn(redis)).toEqual(["jgl:pods"]));
    expect(await late.join("r", member("later", "one", 1), "room", 2)).toEqual({ outcome: "unavailable" });
    expect(await keysIn(redis)).toEqual(["jgl:pods"]);
  });

  test("doubt about an epoch that is not settled yet leads to another one behind it", async () => {
    const one = await start("one");
    const { lease, epochs } = one;
    lease.doubt();
    await eventually(() => expect(epochs).toEqual([2]));
    lease.doubt();
    await goesOn(one, "one", 5 * renewalMs);
    expect(epochs).toEqual([2]);
    lease.settled(2);
    await eventually(() => expect(epochs).toEqual([2, 3]));
  });

  test("a lease that is closed is gone, or left to be reaped if something is still held", async () => {
    const [one, other] = [await start("one"), await start("other")];
    await one.lease.close();
    expect([one.lease.held(), one.lease.deadlineOf(owner("one", 1))]).toEqual([false, 0]);
    expect(await leases()).toEqual(["other 1"]);
    await other.rooms.join("r", member("a", "other", 1), "room", 1);
    await other.close();
    expect(await leases()).toEqual(["other 1"]);
    await start("third");
    await eventually(async () => expect(await keysIn(redis)).toEqual(["jgl:pods"]));
  });

  test("a process that was stopped for too long goes on under a new epoch, and brings nothing old back", async () => {
    const { reaped } = await start("other");
    const main = fileURLToPath(new URL("stopped-pod.ts", import.meta.url));
    const args = [main, inject("redis").url, String(DB)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    await eventually(() => expect(output).toContain("1 joined"), START_PATIENCE_MS);
    child.kill("SIGSTOP");
    await eventually(() => expect(reaped).toMatchObject([{ owner: owner("stopped", 1) }]));
    child.kill("SIGCONT");
    await eventually(() => expect(output).toContain("2 joined"));
    expect(await redis.exists("jgl:{pod:stopped}:1:holdings")).toBe(0);
    child.kill("SIGKILL");
    await eventually(async () => expect(await keysIn(redis)).toEqual(["jgl:pods"]));
  }, 60_000);
});

describe("on a Redis that comes and goes", () => {
  async function serverWith(...names: readonly string[]) {
    const server = await startRedisServer();
    const pods = await Promise.all(names.map((pod) => openPod(server.url, { pod })));
    onTestFinished(async () => {
      server.resume();
      await Promise.all(pods.map((pod) => pod.close()));
      await server.stop();
    });
    return { server, pods };
  }
  const startAll = (pods: readonly LeasedPod[]) => Promise.all(pods.map(({ lease }) => lease.start()));
  const states = (pods: readonly LeasedPod[]) => pods.map(({ lease, reaped }) => [lease.held(), lease.epoch, reaped]);

  test("a pod that starts without Redis takes its lease when it comes", async () => {
    const { server, pods } = await serverWith("one");
    await server.kill();
    await startAll(pods);
    expect(states(pods)).toEqual([[false, 0, []]]);
    await server.restart();
    await eventually(() => expect(pods[0]?.lease.held()).toBe(true));
    expect(pods[0]?.epochs).toEqual([]);
  });

  test("a pause that is shorter than the lease changes nothing", async () => {
    const { server, pods } = await serverWith(...NAMES);
    await startAll(pods);
    server.pause();
    await sleep(lengthMs / 3);
    server.resume();
    for (const [i, pod] of pods.entries()) await goesOn(pod, NAMES[i] ?? "", 2 * lengthMs);
    expect(states(pods)).toEqual([
      [true, 1, []],
      [true, 1, []],
    ]);
  });

  test("a pause that is longer stops all writing, and afterwards nobody takes the others for dead", async () => {
    const { server, pods } = await serverWith(...NAMES);
    await startAll(pods);
    // Nothing of it is under way, that Redis would do when it goes on.
    pods[1]?.forLease.disconnect();
    server.pause();
    await eventually(() => expect(states(pods).map(([held]) => held)).toEqual([false, false]));
    expect(pods[0]?.lease.deadlineOf(owner("one", 1))).toBe(0);
    await sleep(2 * marginMs);
    server.resume();
    // The one that finds Redis first lets the other come back, too.
    await goesOn(pods[0]!, "one", 2 * renewalMs);
    await pods[1]?.forLease.connect();
    for (const [i, pod] of pods.entries()) await goesOn(pod, NAMES[i] ?? "", 2 * lengthMs);
    expect(states(pods)).toEqual([
      [true, 1, []],
      [true, 1, []],
    ]);
  });

  test("a Redis that comes back empty finds every pod under a new epoch", async () => {
    const { server, pods } = await serverWith(...NAMES);
    await startAll(pods);
    await server.kill();
    await server.restart();
    await eventually(() => expect(pods.map(({ epochs }) => epochs)).toEqual([[2], [2]]));
    for (const { lease } of pods) lease.settled(2);
    // What was written under the former epochs before the pods knew is reaped.
    await eventually(() => expect(pods.flatMap(({ reaped }) => reaped)).toHaveLength(2));
    expect(pods.flatMap(({ faults }) => faults)).toEqual([]);
  });

  test("closing does not wait for a Redis that is silent", async () => {
    const { server, pods } = await serverWith("one");
    await startAll(pods);
    server.pause();
    const from = performance.now();
    await pods[0]?.lease.close();
    expect(performance.now() - from).toBeLessThan(10 * renewalMs);
  });
});
