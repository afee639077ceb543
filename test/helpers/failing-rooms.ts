// Rooms of pods that fail: who comes there, who is in there, and what they were told.
import type { Outgoing } from "@jongleur/core";
import { expect } from "vitest";
import type { FailingCluster, FailingPod } from "./failing-cluster.ts";
import { type Delay, membersOf, RecordingSession } from "./memory-cluster.ts";

/** Rosters are compared within these, and who is asked after in vain from then on is given up. */
const LONG_SECONDS = 30;

/** A session that has said hello. */
export async function comeTo(pod: FailingPod, id: string, uid = id): Promise<RecordingSession> {
  const session = new RecordingSession(pod.signaling, id, uid);
  await session.hello();
  return session;
}

/** What a session was told: who came and went, what was said, and what else there was. */
export function toldTo({ heard }: RecordingSession): string[] {
  return heard.map(lineOf);
}

function lineOf({ jsongle }: Outgoing): string {
  if (!("description" in jsongle)) return jsongle.action;
  const { member, text } = jsongle.description as { member?: { uid: string }; text?: string };
  return "event" in jsongle ? `${jsongle.event} ${member?.uid}` : (text ?? jsongle.action);
}

/** Now, and still when all that is put right sooner or later has been. */
export async function areTold(
  cluster: FailingCluster,
  sessions: readonly RecordingSession[],
  told: readonly (readonly string[])[],
): Promise<void> {
  expect(sessions.map(toldTo)).toEqual(told);
  await cluster.tend(LONG_SECONDS);
  expect(sessions.map(toldTo)).toEqual(told);
}

export async function idsIn(cluster: FailingCluster, rid: string): Promise<string[]> {
  return (await membersOf(cluster, rid)).map(({ sessionId }) => sessionId);
}

/** Under which epochs a room's seats are held. */
export async function epochsIn(cluster: FailingCluster, rid: string): Promise<number[]> {
  return (await membersOf(cluster, rid)).map(({ epoch }) => epoch);
}

/** Holds answers back until it is opened. */
export function gate(): { readonly open: () => void; readonly behind: Delay } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, behind: (answer) => promise.then(() => answer) };
}
