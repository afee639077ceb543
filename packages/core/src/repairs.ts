// Making rosters right again: after parcels were missed, and where the store shows less than was known.
import type { Parcel, PodBus } from "./pod-bus.ts";
import type { RoomStore } from "./room-store.ts";
import type { News, Roster } from "./roster.ts";
import type { Seat } from "./seat.ts";
import type { Tally } from "./tally.ts";
import type { Turns } from "./turns.ts";

export interface RepairsParts {
  readonly bus: PodBus;
  readonly pod: string;
  readonly rooms: RoomStore;
  readonly rosters: ReadonlyMap<string, Roster>;
  readonly turns: Turns;
  readonly tally: Tally;
  readonly tell: (roster: Roster, news: readonly News[]) => void;
  readonly seatAgain: (seat: Seat) => void;
}

interface Owed {
  readonly version: number;
  tries: number;
}

type Missing = Extract<Parcel, { readonly kind: "missing" }>;
type Present = Extract<Parcel, { readonly kind: "present" }>;
type Digest = Extract<Parcel, { readonly kind: "digest" }>;

/** How often a pod is asked in vain, about once a second, after a member whom the store has lost; then it is gone. */
const ASKED_AT_MOST = 8;

/** How often a pod is told, about once a second, what did not get there. */
const TOLD_AT_MOST = 10;

/** Seconds, about, from digest to digest. */
const DIGEST_INTERVAL = 10;

/** Rooms in one digest parcel. */
const DIGEST_ROOMS = 500;

/** Rosters that are read anew at the same time. */
const READS_AT_ONCE = 16;

/** In a digest: there are no members of the room here. */
const NO_MEMBERS = -1;

export class Repairs {
  readonly #parts: RepairsParts;
  /** Rooms whose roster has to be read anew. */
  readonly #waiting = new Set<string>();
  /** Rooms with members whom the store does not show. */
  readonly #doubtful = new Set<string>();
  /** By pod and rid, what did not get there. */
  readonly #owed = new Map<string, Map<string, Owed>>();
  #reading = 0;
  #ticks = 0;

  constructor(parts: RepairsParts) {
    this.#parts = parts;
  }

  /** Reads the room anew, in a turn of it. @returns its roster, if this pod has members in there */
  async repair(rid: string): Promise<Roster | undefined> {
    const { rooms, rosters, tell, tally } = this.#parts;
    tally.repairs += 1;
    const reading = await rooms.read(rid);
    const roster = rosters.get(rid);
    if (!roster) return undefined;
    if (reading.outcome === "unavailable") {
      this.#waiting.add(rid);
      return roster;
    }
    // A room that is not there at all has been lost by the store: all its members are in doubt.
    const none = { rid, kind: roster.kind, version: roster.version, members: [] };
    tell(roster, roster.catchUp(reading.room ?? none));
    this.ask(roster);
    return roster;
  }

  /** Asks the pods of the members who are in doubt; for those on this pod, sees to it at once. */
  ask(roster: Roster): void {
    const byPod = Map.groupBy(roster.doubtful(), ({ pod }) => pod);
    this.watch(roster);
    for (const [pod, members] of byPod) {
      const sessionIds = members.map(({ sessionId }) => sessionId);
      this.#askPod(pod, { rid: roster.rid, kind: "missing", sessionIds });
    }
  }

  /** Has its doubts, if there are any, asked about before long. */
  watch({ rid, isDoubtful }: Roster): void {
    if (isDoubtful) this.#doubtful.add(rid);
  }

  /** Who is here takes its seat again, which tells all; who is not has left. */
  onMissing({ rid, sessionIds }: Missing, from: string): void {
    const { rosters, bus, pod, seatAgain } = this.#parts;
    const present: string[] = [];
    for (const sessionId of sessionIds) {
      const seat = rosters.get(rid)?.seats.get(sessionId);
      if (!seat) bus.send(from, { rid, kind: "left", version: 0, sessionId });
      else {
        present.push(sessionId);
        seatAgain(seat);
      }
    }
    // To be seated again may take its time: a pod whose store is silent still has its members.
    if (present.length > 0 && from !== pod) bus.send(from, { rid, kind: "present", sessionIds: present });
  }

  onPresent({ rid, sessionIds }: Present): void {
    for (const sessionId of sessionIds) this.#parts.rosters.get(rid)?.heardOf(sessionId);
  }

  /** Any room may have got members on a pod that had none in it. */
  onMissed(): void {
    for (const rid of this.#parts.rosters.keys()) this.#waiting.add(rid);
    this.#readOn();
  }

  /** What the pod was to be told of rooms it is told once more; and perhaps it is not there any more. */
  onUndelivered(pod: string, parcel: Exclude<Parcel, { readonly kind: "message" }>): void {
    if (parcel.kind === "joined" || parcel.kind === "left" || parcel.kind === "putOut")
      this.#owe(pod, parcel.rid, parcel.version);
    if (parcel.kind !== "digest") return;
    for (const [rid, version] of parcel.versions) {
      this.#owe(pod, rid, version);
      this.#waiting.add(rid);
    }
  }

  onDigest({ versions }: Digest, from: string): void {
    const { rosters, turns, bus } = this.#parts;
    const unknown: [string, number][] = [];
    for (const [rid, version] of versions) {
      const roster = rosters.get(rid);
      if (!roster && version !== NO_MEMBERS && !turns.busy(rid)) unknown.push([rid, NO_MEMBERS]);
      if (roster && (version === NO_MEMBERS ? roster.otherPods().has(from) : roster.version < version)) {
        this.#waiting.add(rid);
      }
    }
    if (unknown.length > 0) bus.send(from, { kind: "digest", versions: unknown });
    this.#readOn();
  }

  tend(): void {
    this.#askAgain();
    this.#sendOwed();
    this.#readOn();
    this.#ticks += 1;
    this.#sendDigests();
  }

  #askAgain(): void {
    const { rosters, tell } = this.#parts;
    const doubtful = [...this.#doubtful];
    this.#doubtful.clear();
    for (const rid of doubtful) {
      const roster = rosters.get(rid);
      if (!roster) continue;
      for (const gone of this.#unanswered(roster)) tell(roster, roster.settleLeft(gone));
      this.ask(roster);
    }
  }

  /** Those whose pod has not answered for too long, though nothing keeps it from doing so. */
  #unanswered(roster: Roster): string[] {
    const { bus, pod } = this.#parts;
    if (!bus.reaches(pod)) return [];
    return roster
      .doubtful()
      .filter(({ sessionId }) => roster.countAsked(sessionId) > ASKED_AT_MOST)
      .map(({ sessionId }) => sessionId);
  }

  #owe(pod: string, rid: string, version: number): void {
    const owed = this.#owed.get(pod) ?? new Map<string, Owed>();
    this.#owed.set(pod, owed);
    owed.set(rid, { version, tries: owed.get(rid)?.tries ?? 0 });
  }

  /** A pod that is not reached so often is not there: the reaper sees to what it held. */
  #sendOwed(): void {
    const { bus } = this.#parts;
    for (const [pod, owed] of this.#owed) {
      if (!bus.reaches(pod)) continue;
      for (const [rid, each] of owed) if (++each.tries > TOLD_AT_MOST) owed.delete(rid);
      const versions = Array.from(owed, ([rid, { version }]) => [rid, version] as const);
      if (versions.length > 0) this.#sendDigest(pod, versions);
      this.#settleOwed(pod, owed);
    }
  }

  #settleOwed(pod: string, owed: Map<string, Owed>): void {
    const sent = [...owed.keys()];
    const forget = (reached: boolean) => {
      if (reached) for (const rid of sent) owed.delete(rid);
      if (owed.size === 0) this.#owed.delete(pod);
    };
    void this.#parts.bus.settle(pod).then(forget);
  }

  #askPod(pod: string, question: Missing): void {
    const { bus, pod: own } = this.#parts;
    if (pod === own) this.onMissing(question, own);
    else bus.send(pod, question);
  }

  /** Starts as many reads as may be under way. */
  #readOn(): void {
    for (const rid of this.#waiting) {
      if (this.#reading >= READS_AT_ONCE) return;
      this.#waiting.delete(rid);
      if (this.#parts.rosters.has(rid)) void this.#read(rid);
    }
  }

  async #read(rid: string): Promise<void> {
    this.#reading += 1;
    try {
      await this.#parts.turns.take(rid, () => this.repair(rid));
    } finally {
      this.#reading -= 1;
    }
    // A store that is away is asked again with the next tick.
    if (!this.#waiting.has(rid)) this.#readOn();
  }

  /** To some of the pods each time: many pods that told all others at once would be a wave. */
  #sendDigests(): void {
    const byPod = new Map<string, [string, number][]>();
    for (const [rid, roster] of this.#parts.rosters) {
      for (const pod of roster.otherPods()) {
        if (turnOf(pod) !== this.#ticks % DIGEST_INTERVAL) continue;
        const versions = byPod.get(pod) ?? [];
        versions.push([rid, roster.version]);
        byPod.set(pod, versions);
      }
    }
    for (const [pod, versions] of byPod) this.#sendDigest(pod, versions);
  }

  #sendDigest(pod: string, versions: readonly (readonly [string, number])[]): void {
    for (let start = 0; start < versions.length; start += DIGEST_ROOMS) {
      this.#parts.bus.send(pod, { kind: "digest", versions: versions.slice(start, start + DIGEST_ROOMS) });
    }
  }
}

/** Some number below the interval, the same each time. */
function turnOf(pod: string): number {
  let sum = 0;
  for (let i = 0; i < pod.length; i++) sum += pod.charCodeAt(i);
  return sum % DIGEST_INTERVAL;
}
