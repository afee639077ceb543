// Who must not come into which room, in this process: banned for a time, or put out and to be told so.
import type { Dismissal, Member, PutOut } from "./room.ts";
import { MAX_BANS, PUT_OUT_KEPT_SECONDS, type RoomJoin } from "./room-store.ts";

interface Kept extends PutOut {
  /** When it can be forgotten, in ms since 1970. */
  readonly ends: number;
}

export class MemoryBarred {
  readonly #now: () => number;
  /** By rid and uid: when the ban ends. */
  readonly #bans = new Map<string, Map<string, number>>();
  /** By rid and session id. */
  readonly #putOut = new Map<string, Map<string, Kept>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns why the member can't have a seat, undefined if nothing is against it */
  check(rid: string, { sessionId, identity }: Member, again: boolean): RoomJoin | undefined {
    const now = this.#now();
    const putOut = again ? this.#putOut.get(rid)?.get(sessionId) : undefined;
    if (putOut && putOut.ends > now) return { outcome: "putOut", why: putOut.why };
    const until = this.#bans.get(rid)?.get(identity.uid);
    return until !== undefined && until > now ? { outcome: "banned", until } : undefined;
  }

  /** @returns when the ban ends */
  ban(rid: string, { uid, ms }: { readonly uid: string; readonly ms: number }): number | "tooManyBans" {
    this.#sweep();
    const bans = this.#bans.get(rid) ?? new Map<string, number>();
    if (bans.size >= MAX_BANS && !bans.has(uid)) return "tooManyBans";
    const until = this.#now() + ms;
    this.#bans.set(rid, bans.set(uid, until));
    return until;
  }

  putOut(rid: string, { sessionId, pod }: Member, version: number, why: Dismissal): void {
    this.#sweep();
    const kept = this.#putOut.get(rid) ?? new Map<string, Kept>();
    const ends = this.#now() + PUT_OUT_KEPT_SECONDS * 1000;
    this.#putOut.set(rid, kept.set(sessionId, { sessionId, pod, version, why, ends }));
  }

  putOutOf(rid: string): PutOut[] {
    const kept = [...(this.#putOut.get(rid)?.values() ?? [])];
    return kept.map(({ ends: _ends, ...putOut }) => putOut);
  }

  /** The session has come anew, or has been told. */
  forgive(rid: string, sessionId: string): void {
    const kept = this.#putOut.get(rid);
    if (kept?.delete(sessionId) && kept.size === 0) this.#putOut.delete(rid);
  }

  /** Forgets what has ended, so that nothing is kept for ever. There is little of it on one pod. */
  #sweep(): void {
    const now = this.#now();
    forget(this.#bans, (until) => until <= now);
    forget(this.#putOut, ({ ends }) => ends <= now);
  }
}

function forget<T>(all: Map<string, Map<string, T>>, hasEnded: (value: T) => boolean): void {
  for (const [rid, ofRoom] of all) {
    for (const [key, value] of ofRoom) if (hasEnded(value)) ofRoom.delete(key);
    if (ofRoom.size === 0) all.delete(rid);
  }
}
