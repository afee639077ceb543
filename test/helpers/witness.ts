// Sessions that check what they are told while they live, and what scripts for them are made of.
import type { JoinOutcome } from "@jongleur/core";
import type { RoomKind } from "@jongleur/protocol";
import fc from "fast-check";
import { expect } from "vitest";
import { type MemoryCluster, membersOf, RecordingSession } from "./memory-cluster.ts";

export const RIDS = ["r1", "r2", "m1"];
export const kindOf = (rid: string): RoomKind => (rid.startsWith("m") ? "muc" : "room");

export type Step = { readonly verb: "join" | "leave" | "say" | "disconnect"; readonly rid: string };

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.oneof(
    { weight: 4, arbitrary: fc.constant("join" as const) },
    { weight: 4, arbitrary: fc.constant("say" as const) },
    { weight: 2, arbitrary: fc.constant("leave" as const) },
    { weight: 1, arbitrary: fc.constant("disconnect" as const) },
  ),
  rid: fc.constantFrom(...RIDS),
});
/** What each of some sessions does, one thing after the other. */
export const scripts = fc.array(fc.array(step, { maxLength: 8 }), { minLength: 2, maxLength: 6 });

/** A session that checks, while it lives, that what it is told makes sense. */
export class Witness extends RecordingSession {
  /** The uids that it believes to be in each of its rooms, itself left out. */
  readonly view = new Map<string, Set<string>>();
  readonly #lastFrom = new Map<string, number>();
  /** What it was told that makes no sense. */
  readonly faults: string[] = [];
  /** Who was heard where, one entry a text. */
  readonly texts: string[] = [];
  /** Out of which rooms it was kicked. */
  readonly kicked: string[] = [];
  #said = 0;

  async play(script: readonly Step[], onSaid: (sender: Witness, rid: string) => void = () => {}): Promise<void> {
    void this.hello();
    for (const { verb, rid } of script) {
      if (verb === "disconnect") return void this.disconnect().then(() => this.view.clear());
      if (verb === "join") void this.join(rid, kindOf(rid), (outcome) => this.#onJoined(rid, outcome));
      if (verb === "leave") void this.leave(rid).then(() => this.view.delete(rid));
      if (verb === "say") void this.say(rid, String(++this.#said), () => onSaid(this, rid));
    }
  }

  override send(message: Parameters<RecordingSession["send"]>[0]): void {
    super.send(message);
    const { jsongle } = message as {
      jsongle: { action: string; event?: string; description: Record<string, unknown> };
    };
    const { member, rid, sender, text } = jsongle.description as {
      member?: { uid: string };
      rid?: string;
      sender: string;
      text: string;
    };
    // That something may not have arrived, or that a seat is lost, changes no view by itself.
    if (jsongle.action === "session-error") return;
    if (jsongle.event === "kicked") return void this.#onKicked(String(rid));
    if (member && rid) this.#onEvent(rid, String(jsongle.event), member.uid);
    else this.#onText(message.from, sender, Number(text));
  }

  #onJoined(rid: string, outcome: JoinOutcome): void {
    if (!("members" in outcome)) return;
    const members = new Set(outcome.members.map(({ uid }) => uid));
    const known = this.view.get(rid);
    // A repeated join shows the room as it is known already.
    if (known && known.symmetricDifference(members).size > 0)
      this.faults.push(`${this.id} is told of others in ${rid}`);
    this.view.set(rid, members);
  }

  #onEvent(rid: string, event: string, uid: string): void {
    const view = this.view.get(rid);
    if (!view) this.faults.push(`${this.id} hears of ${rid} without being in it`);
    // Its own seat is lost.
    if (uid === this.identity.uid && event === "left") return void this.view.delete(rid);
    if (view?.has(uid) === (event === "joined")) this.faults.push(`${this.id} is told twice: ${event} ${uid}`);
    if (event === "joined") view?.add(uid);
    else view?.delete(uid);
  }

  #onKicked(rid: string): void {
    this.kicked.push(rid);
    if (!this.view.delete(rid)) this.faults.push(`${this.id} is kicked out of ${rid} without being in it`);
  }

  #onText(rid: string, sender: string, number: number): void {
    if (!this.view.get(rid)?.has(sender)) this.faults.push(`${this.id} hears ${sender}, who is not in ${rid} for it`);
    const last = this.#lastFrom.get(`${rid} ${sender}`) ?? 0;
    if (number <= last) this.faults.push(`${this.id} hears ${number} of ${sender} after ${last}`);
    this.#lastFrom.set(`${rid} ${sender}`, number);
    this.texts.push(`${sender} in ${rid}`);
  }
}

/** Who is in a room besides a witness, by the store and as the witness believes: equal; and it knows where it is itself. */
export async function expectTrueViews(
  cluster: Pick<MemoryCluster, "rooms">,
  witnesses: readonly Witness[],
): Promise<void> {
  for (const rid of RIDS) {
    const members = await membersOf(cluster, rid);
    for (const witness of witnesses) {
      const isThere = members.some(({ sessionId }) => sessionId === witness.id);
      const others = members.filter(({ sessionId }) => sessionId !== witness.id).map(({ identity }) => identity.uid);
      expect(witness.view.get(rid), `${witness.id} in ${rid}`).toEqual(isThere ? new Set(others) : undefined);
    }
  }
}
