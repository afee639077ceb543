// A fresh token for a session: its grants count from now on, also for the rooms that the session is in.
import type { Signaling } from "@jongleur/core";
import { buildRoomEvent, type Identity, mayJoin, type Origin, type SignalingError } from "@jongleur/protocol";
import type { Rejections } from "../rejections.ts";
import { judge } from "../tokens/judge.ts";
import type { VerifyToken } from "../tokens/verifier.ts";
import type { JsongleSession } from "./session.ts";

export interface RefreshParts {
  readonly signaling: Signaling;
  readonly verify: VerifyToken;
  readonly rejections: Rejections;
  readonly onTokenRefused: (session: JsongleSession, reason: string) => void;
  readonly origin: () => Origin;
}

/** The description of the iq-result. */
export interface Refreshed {
  /** ISO date; absent if the token does not expire. */
  readonly expires?: string;
}

/** One that is refused changes nothing: the one before stays in force. */
export async function refreshToken(
  session: JsongleSession,
  { uid }: Identity,
  token: string,
  parts: RefreshParts,
): Promise<Refreshed | SignalingError> {
  const judged = await judge(parts.verify, token);
  if ("refusal" in judged) {
    if (judged.reason !== undefined) parts.onTokenRefused(session, judged.reason);
    return judged.refusal;
  }
  const { bearer } = judged;
  if (bearer.uid !== uid) {
    parts.rejections.add("foreign_uid");
    return { error: "notGranted", details: "The token is that of another user" };
  }
  session.bearer = bearer;
  await leaveForbidden(session, parts);
  return bearer.exp === undefined ? {} : { expires: new Date(bearer.exp * 1000).toISOString() };
}

/** The others are told by the leaving; the session itself did not ask for it. */
async function leaveForbidden(session: JsongleSession, { signaling, origin }: RefreshParts): Promise<void> {
  for (const room of signaling.roomsOf(session)) {
    if (mayJoin(session.grants, room)) continue;
    const { identity } = signaling.standing(session, room.rid);
    const left = await signaling.leave(session, room.rid);
    if (identity && left === "left") session.send(buildRoomEvent(origin(), room, "left", identity));
  }
}
