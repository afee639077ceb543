// What a moderator asks for, carried out as far as its token allows.
import type { KickOutcome, LockOutcome, Moderation, RoomOrder } from "@jongleur/core";
import { type Grants, type ModerationCommand, mayJoin, type RoomKind, type SignalingError } from "@jongleur/protocol";
import { UNAVAILABLE } from "./iq-answers.ts";

/** The description of an iq-result. */
export type ModerationAnswer =
  | { readonly rid: string; readonly sessions: number; readonly until?: string }
  | { readonly rid: string; readonly locked: boolean };

type Refusal = Exclude<KickOutcome["outcome"] | LockOutcome["outcome"], "kicked" | "locked" | "unlocked">;

const NO_MODERATOR: SignalingError = { error: "notGranted", details: "The token does not make its holder a moderator" };
const NOT_HERE: SignalingError = { error: "notGranted", details: "The token does not allow to join this room" };

const REFUSALS: Record<Refusal, SignalingError> = {
  notThere: { error: "notAMember", details: "Nobody of that name is in the room that 'rid' names" },
  otherKind: NOT_HERE,
  tooManyBans: { error: "tooManyRequests", details: "The limit of bans of a room is reached" },
  unavailable: UNAVAILABLE,
};

const KINDS: readonly RoomKind[] = ["room", "muc"];

/** @returns why the holder of the grants may not, or as an order for which kind of rooms it may: for either if none is named */
export function orderBy(grants: Grants, rid: string): RoomOrder | SignalingError {
  if (!grants.roles.includes("moderator")) return NO_MODERATOR;
  const kinds = KINDS.filter((kind) => mayJoin(grants, { rid, kind }));
  if (kinds.length === 0) return NOT_HERE;
  return kinds.length === 1 ? { kind: kinds[0] } : {};
}

/** @returns what the iq-result holds, or why there is an iq-error instead */
export async function moderate(
  moderation: Moderation,
  command: ModerationCommand,
  { kind }: RoomOrder,
): Promise<ModerationAnswer | SignalingError> {
  const { rid } = command;
  if (command.command === "lock") {
    const { outcome } = await moderation.lock(rid, command.locked, { kind });
    return outcome === "locked" || outcome === "unlocked" ? { rid, locked: command.locked } : REFUSALS[outcome];
  }
  const { reason } = command;
  if (command.command === "close") {
    const answer = await moderation.close(rid, { kind, reason });
    return answer.outcome === "closed" ? { rid, sessions: answer.sessions } : REFUSALS[answer.outcome];
  }
  const answer = await moderation.kick(rid, command.target, { kind, reason, banSeconds: command.banSeconds });
  if (answer.outcome !== "kicked") return REFUSALS[answer.outcome];
  const { sessions, until } = answer;
  return { rid, sessions, ...(until !== undefined && { until: new Date(until).toISOString() }) };
}
