// Kicks over several pods, of which some stand still or are dead: they hold for all, and each is told once.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sendCouriers } from "../helpers/couriers.ts";
import { eventually } from "../helpers/eventually.ts";
import { figure, stopwatch } from "../helpers/figures.ts";
import { JWT_SECRET } from "../helpers/mse-client.ts";
import { event, type Party, settle } from "../helpers/party.ts";
import { areReady, type NamedPod, type Service, startService } from "../helpers/pods.ts";
import { outcomeOf } from "../helpers/races.ts";
import { contentsOf } from "../helpers/redis-contents.ts";
import { membersAsTold } from "../helpers/rest.ts";
import { enterJsongle } from "../helpers/tokens.ts";
import { checkViews, seeEachOther, timesTold } from "../helpers/view.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

const PATIENCE_MS = 20_000;

let redis: RedisServer;
let service: Service;
beforeAll(async () => {
  redis = await startRedisServer();
  const settings = { jwtSecret: JWT_SECRET, leaseSeconds: "3", leaseRenewalSeconds: "1" };
  service = await startService(3, { redisUrl: redis.url, ...settings });
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await redis?.stop();
});

type Four = [Party, Party, Party, Party];

/** A MUC with a moderator on the second pod, and others on the first, the first and the third. */
async function openMuc() {
  const [first, second, third] = service.pods as [NamedPod, NamedPod, NamedPod];
  const rid = `muc ${randomUUID()}`;
  const mod = await enterJsongle(second.url, undefined, { jongleur: { roles: ["moderator"] } });
  const others = await Promise.all([first, first, third].map(({ url }) => enterJsongle(url)));
  const members = [mod, ...others] as Four;
  for (const party of members) await party.joinMuc(rid);
  await seeEachOther(rid, members);
  return { rid, first, second, third, members };
}

const kicksOf = ({ heard }: Party) => heard.filter(event("kicked")).length;

/** Each was told once, and nothing else of it, also not belatedly; and all agree on who is in there. */
async function isOut(rid: string, gone: Party, staying: readonly Party[]): Promise<void> {
  await areReady(service.pods);
  await eventually(() => expect(kicksOf(gone)).toBe(1), PATIENCE_MS);
  await seeEachOther(rid, staying, PATIENCE_MS);
  for (const pod of service.pods) expect(await membersAsTold(pod, rid)).toEqual(staying.map(({ uid }) => uid).sort());
  await settle(gone, ...staying);
  expect(kicksOf(gone)).toBe(1);
  for (const party of staying) {
    checkViews(party);
    expect(timesTold(party, "left", gone.uid), `to ${party.uid}`).toBe(1);
  }
}

test("who is kicked on another pod is told, and so are the others, on every pod", async () => {
  const { rid, members } = await openMuc();
  const [mod, ann, bea, cat] = members;
  expect(await mod.request("room-kick", { rid, uid: ann.uid })).toEqual({ rid, sessions: 1 });
  await isOut(rid, ann, [mod, bea, cat]);
  await ann.joinMuc(rid);
  await seeEachOther(rid, [mod, ann, bea, cat]);
});

test("a kick holds though the pod stands still, for a moment: it puts the session out when it goes on", async () => {
  const { rid, first, members } = await openMuc();
  const [mod, ann, bea, cat] = members;
  first.process.kill("SIGSTOP");
  expect(await mod.request("room-kick", { rid, uid: ann.uid })).toEqual({ rid, sessions: 1 });
  await cat.hears(event("left"));
  first.process.kill("SIGCONT");
  await isOut(rid, ann, [mod, bea, cat]);
});

test("a kick holds though the pod stands still for longer than its lease, and seats all others again", async () => {
  const { rid, first, members } = await openMuc();
  const [mod, ann, bea, cat] = members;
  first.process.kill("SIGSTOP");
  expect(await mod.request("room-kick", { rid, uid: ann.uid, seconds: 600 })).toMatchObject({ sessions: 1 });
  const isTakenForDead = async () => expect(timesTold(cat, "left", bea.uid)).toBe(1);
  await eventually(isTakenForDead, PATIENCE_MS);
  first.process.kill("SIGCONT");
  await seeEachOther(rid, [mod, bea, cat], PATIENCE_MS);
  await eventually(() => expect(kicksOf(ann)).toBe(1), PATIENCE_MS);
  for (const party of [mod, cat]) {
    checkViews(party);
    expect(timesTold(party, "left", ann.uid)).toBe(1);
  }
  expect(await outcomeOf(ann.joinMuc(rid))).toBe(403001);
});

test("who is banned while its pod dies gets in on no other, and nothing of it is left but the ban", async () => {
  const { rid, second, third, members } = await openMuc();
  const [mod, , , cat] = members;
  const victim = await service.add();
  const dan = await enterJsongle(victim.url);
  await dan.joinMuc(rid);
  await seeEachOther(rid, [...members, dan]);
  victim.process.kill("SIGKILL");
  const time = stopwatch();
  expect(await mod.request("room-kick", { rid, uid: dan.uid, seconds: 600 })).toMatchObject({ sessions: 1 });
  figure("a kick of who is on a dead pod is answered after", time());
  await cat.hears(event("left"));
  for (const { url } of [second, third]) {
    const back = await enterJsongle(url, dan.uid);
    expect(await outcomeOf(back.joinMuc(rid))).toBe(403001);
    back.close();
  }
  await eventually(async () => {
    const contents = Object.entries(await contentsOf(redis.url)).filter(([key]) => !key.includes(":putout"));
    expect(JSON.stringify(contents)).not.toContain(victim.name);
  }, PATIENCE_MS);
  expect(timesTold(cat, "left", dan.uid)).toBe(1);
});

test("of kicks, leaves, disconnects and joins at once, each who was there is told to have left once", async () => {
  const couriers = await sendCouriers(service.pods).catch(() => undefined);
  const { rid, first, second, third, members } = await openMuc();
  const [mod, ann, bea, cat] = members;
  const other = await enterJsongle(third.url, undefined, { jongleur: { roles: ["moderator"] } });
  const joining = await enterJsongle(first.url, ann.uid);
  await Promise.all([
    outcomeOf(mod.request("room-kick", { rid, uid: ann.uid, seconds: 600 })),
    outcomeOf(other.request("room-kick", { rid, uid: ann.uid, seconds: 600 })),
    outcomeOf(joining.joinMuc(rid)),
    outcomeOf(bea.request("session-leave", { rid })),
    outcomeOf(other.request("room-kick", { rid, uid: bea.uid })),
  ]);
  await seeEachOther(rid, [mod, cat], PATIENCE_MS);
  await couriers?.arrive([mod, cat]);
  for (const party of [mod, cat]) {
    checkViews(party);
    expect(timesTold(party, "left", bea.uid)).toBe(1);
    expect(timesTold(party, "left", ann.uid) - timesTold(party, "joined", ann.uid)).toBe(party === mod ? 0 : 1);
  }
  for (const pod of [first, second, third]) expect(await membersAsTold(pod, rid)).toEqual([mod.uid, cat.uid].sort());
  couriers?.close();
});
