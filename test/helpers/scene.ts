// Rooms within a pod and across pods, for tests that take Redis away: what has to hold meanwhile, and afterwards.
import { expect } from "vitest";
import { ask } from "../provision/ask.ts";
import { call } from "./call.ts";
import { eventually } from "./eventually.ts";
import { event, type Party } from "./party.ts";
import { areReady, type NamedPod, probe } from "./pods.ts";
import { arrives, isHeard, isNotSeated, isRefused } from "./refusals.ts";
import { membersAsTold } from "./rest.ts";
import { closeAll, type OpenRoom, openMuc, openRoom } from "./rooms.ts";
import { checkViews, seeEachOther } from "./view.ts";

const PATIENCE_MS = 30_000;

export interface Scene {
  readonly pods: readonly NamedPod[];
  /** Both on the first pod. */
  readonly within: OpenRoom<readonly [Party, Party]>;
  /** On the first pod and the second. */
  readonly across: OpenRoom<readonly [Party, Party]>;
  /** Two on the first pod, and one on each other. */
  readonly muc: OpenRoom;
  readonly close: () => void;
}

export async function openScene(pods: readonly NamedPod[]): Promise<Scene> {
  const [first, second] = pods as [NamedPod, NamedPod];
  const within = await openRoom(first, first);
  const across = await openRoom(first, second);
  const muc = await openMuc([first, ...pods]);
  const rooms = [within, across, muc];
  return { pods, within, across, muc, close: () => closeAll(rooms.flatMap(({ members }) => members)) };
}

const roomsOf = ({ within, across, muc }: Scene): readonly OpenRoom[] => [within, across, muc];
const partiesOf = (scene: Scene): Party[] => roomsOf(scene).flatMap(({ members }) => members);

/** What anybody was told of somebody who has joined or left, a line each, in the order of the parties. */
export const newsOf = (scene: Scene): string[] =>
  partiesOf(scene).flatMap(({ uid, heard }) =>
    heard
      .filter((message) => event("joined")(message) || event("left")(message))
      .map(({ jsongle }) => `${uid} was told that ${uidOf(jsongle.description)} ${jsongle.event}`),
  );

const uidOf = (description: unknown) => (description as { member?: { uid?: string } }).member?.uid;

/** Waits until each of the pods has noticed that its Redis is away. */
export async function isNotReady(pods: readonly NamedPod[]): Promise<void> {
  for (const pod of pods) await eventually(async () => expect(await probe(pod, "readyz")).toBe(503));
}

/** While Redis is away: who shares a pod can talk, others are told that they can't, and pods are alive but not ready. */
export async function goesOnWithoutRedis({ pods, within, across, muc }: Scene): Promise<void> {
  for (const pod of pods) expect([await probe(pod, "livez"), await probe(pod, "readyz")]).toEqual([200, 503]);
  const [first, second] = within.members;
  await isHeard(within.rid, first, [second]);
  for (const member of across.members) await isRefused(across.rid, member);
  const [speaker, neighbour] = muc.members as [Party, Party];
  const id = await isRefused(muc.rid, speaker);
  await neighbour.hears((message) => message.id === id);
  for (const party of across.members) await isNotSeated(party);
}

/** Waits until all is as before: every pod is ready, everybody sees and reaches everybody, and a call completes. */
export async function heals(scene: Scene, patience: number): Promise<void> {
  const end = performance.now() + patience;
  const left = () => Math.max(0, end - performance.now());
  await areReady(scene.pods, left());
  await Promise.all(
    roomsOf(scene).map(async ({ rid, members }) => {
      await seeEachOther(rid, members, left());
      await eventually(() => arePlaced(scene.pods, rid, members), left());
      // What is said may still be refused, but is not lost in silence.
      for (const speaker of members) await eventually(() => reachesAll(rid, speaker, members), left());
    }),
  );
  await eventually(() => call(scene.across.rid, ...scene.across.members), left());
  for (const party of partiesOf(scene)) checkViews(party);
}

/**
 * Waits until Redis lists the leases of the pods that live, and no others: what had to be taken back has been.
 * Then all is still as it was.
 * @param url of the Redis, or of the master that has the leases
 */
export async function staysHealed(scene: Scene, url: string): Promise<void> {
  await eventually(async () => {
    const leases = await ask(url, (redis) => redis.zrange("jgl:pods", "0", "-1"));
    const names = leases.map((lease) => scene.pods.find(({ name }) => lease.startsWith(name))?.name ?? lease);
    expect(names.sort()).toEqual(scene.pods.map(({ name }) => name).sort());
  }, PATIENCE_MS);
  await heals(scene, PATIENCE_MS);
}

/** Every pod finds just these in the room. */
async function arePlaced(pods: readonly NamedPod[], rid: string, members: readonly Party[]): Promise<void> {
  const uids = members.map(({ uid }) => uid).sort();
  for (const told of await Promise.all(pods.map((pod) => membersAsTold(pod, rid)))) expect(told).toEqual(uids);
}

function reachesAll(rid: string, speaker: Party, members: readonly Party[]): Promise<void> {
  const others = members.filter((other) => other !== speaker);
  return arrives(rid, speaker, others, { action: "session-text", namespace: "muc", description: {} });
}
