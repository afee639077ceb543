// What a client is answered to a join or a leave.
import type { JoinOutcome, LeaveOutcome } from "@jongleur/core";
import {
  type JoinResult,
  type LeaveResult,
  type RefreshResult,
  type SignalingError,
  unavailable,
} from "@jongleur/protocol";

type JoinRefusal = Exclude<JoinOutcome["outcome"], "joined" | "already">;

/** What needs the store, while it can't be reached. */
export const UNAVAILABLE = unavailable("Temporarily unavailable: try again");

export const NOT_GRANTED: SignalingError = {
  error: "notGranted",
  details: "The token does not allow to join this room",
};

const JOIN_REFUSALS: Record<JoinRefusal, SignalingError> = {
  full: { error: "notAdmitted", details: "The room is full: the limit of its members is reached" },
  wrongKind: {
    error: "notAdmitted",
    details: "The room is of the other kind: session-join is for rooms, muc-join for MUCs",
  },
  tooManyMucs: { error: "notAdmitted", details: "The limit of MUCs that a user may be in is reached" },
  tooManyRooms: {
    error: "notAdmitted",
    details: "The limit of rooms and MUCs of a session, or of what their names take together, is reached",
  },
  unavailable: UNAVAILABLE,
  reserved: { error: "badParameters", details: "Invalid 'rid' parameter: it must not be the server's id" },
};

/** The description of an iq-result. */
export type IqAnswer = (JoinResult | LeaveResult | RefreshResult)["jsongle"]["description"];

/** @returns what the iq-result holds, or why there is an iq-error instead */
export function joinAnswer(outcome: JoinOutcome, rid: string): IqAnswer | SignalingError {
  return "members" in outcome ? { members: outcome.members, rid } : JOIN_REFUSALS[outcome.outcome];
}

export function leaveAnswer(outcome: LeaveOutcome, rid: string): IqAnswer | SignalingError {
  return outcome === "left" ? { rid } : { error: "notAMember", details: "Not in the room that 'rid' names" };
}
