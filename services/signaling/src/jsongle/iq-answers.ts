// What a client is answered to a join or a leave.
import type { JoinOutcome, LeaveOutcome } from "@jongleur/core";
import type { SignalingError } from "@jongleur/protocol";

type JoinRefusal = Exclude<JoinOutcome["outcome"], "joined" | "already">;

const JOIN_REFUSALS: Record<JoinRefusal, SignalingError> = {
  full: { error: "notAdmitted", details: "The room is full: the limit of its members is reached" },
  wrongKind: {
    error: "notAdmitted",
    details: "The room is of the other kind: session-join is for rooms, muc-join for MUCs",
  },
  tooManyMucs: { error: "notAdmitted", details: "The limit of MUCs that a user may be in is reached" },
  reserved: { error: "badParameters", details: "Invalid 'rid' parameter: it must not be the server's id" },
};

/** @returns the description of the iq-result, or the error of the iq-error */
export function joinAnswer(outcome: JoinOutcome, rid: string): object | SignalingError {
  return "members" in outcome ? { members: outcome.members, rid } : JOIN_REFUSALS[outcome.outcome];
}

export function leaveAnswer(outcome: LeaveOutcome, rid: string): object | SignalingError {
  return outcome === "left" ? { rid } : { error: "notAMember", details: "Not in the room that 'rid' names" };
}
