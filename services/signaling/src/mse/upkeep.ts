// What a session needs from time to time: a ping, and an end if it is dead, silent or its token has expired.
import { expiryOf } from "./checks.ts";
import { CLOSE_CODES } from "./close-codes.ts";
import type { MseSession } from "./session.ts";

/** Milliseconds. A peer that is dead is noticed after two of these at most. */
const PING_EVERY = 10_000;

export interface Moment {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: number;
}

/** @param graceMs how long a connection stays open after its token has expired */
export function lookAfter(session: MseSession, { now, monotonic }: Moment, graceMs: number): void {
  const { claims } = session;
  const inTime = claims ? now <= expiryOf(claims) + graceMs : monotonic <= session.tokenDue;
  const due = !session.heldBack && monotonic - session.pinged >= PING_EVERY;
  if (!inTime) session.close(CLOSE_CODES.noToken);
  else if (due && session.alive) session.ping(monotonic);
  else if (due) session.terminate();
}
