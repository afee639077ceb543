// A credential that a TURN server takes until it expires, without having been told of the user.
import { createHash, createHmac } from "node:crypto";

export interface TurnCredential {
  readonly username: string;
  readonly credential: string;
}

/**
 * As of "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest), for the long-term credential
 * mechanism of RFC 8489.
 * @param expires seconds since 1970
 */
export function createTurnCredential(secret: string, uid: string, expires: number): TurnCredential {
  const username = `${expires}:${turnUserOf(uid)}`;
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}

/** What every TURN server takes as it is, and that stays well below the 509 bytes of a username. */
const PLAIN = /^[\w.@+-]{1,128}$/;

/** What coturn takes for an attack on a database. */
const SUSPECT = /union.*select|select.*union/i;

/**
 * The user as a TURN server knows it: the uid, or its digest behind a `~` where a server might refuse the uid or take
 * it for another. coturn refuses blanks, quotes and most of Unicode. Two users never have the same name, and
 * one user always has the same, so that quotas of a TURN server hold for users.
 */
export function turnUserOf(uid: string): string {
  if (PLAIN.test(uid) && !SUSPECT.test(uid)) return uid;
  // UTF-16, which keeps halves of surrogate pairs apart.
  return `~${createHash("sha256").update(uid, "utf16le").digest("base64url")}`;
}
