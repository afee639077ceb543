// What a session with a token needs from time to time: to be told that it expires, and an end when it has.
import { LEEWAY_SECONDS } from "../tokens/verifier.ts";
import type { JsongleSession } from "./session.ts";

/** Milliseconds before the token expires. */
const TOLD_BEFORE = 30_000;

export interface Upkeep {
  readonly tell: (session: JsongleSession, expires: Date) => void;
  readonly end: (session: JsongleSession) => void;
}

/** @param now milliseconds since 1970 */
export function lookAfter(session: JsongleSession, now: number, { tell, end }: Upkeep): void {
  const { bearer } = session;
  if (bearer?.exp === undefined) return;
  const expires = bearer.exp * 1000;
  // With the leeway that it had when it was accepted.
  if (now > expires + LEEWAY_SECONDS * 1000) end(session);
  else if (now >= expires - TOLD_BEFORE && session.toldOf !== bearer) {
    session.toldOf = bearer;
    tell(session, new Date(expires));
  }
}
