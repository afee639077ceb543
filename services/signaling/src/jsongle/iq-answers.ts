// What a client is answered to a join, a leave, or a question for servers.
import type { JoinOutcome, LeaveOutcome } from "@jongleur/core";
import {
  type IceServersResult,
  type JoinResult,
  type LeaveResult,
  type RefreshResult,
  type SignalingError,
  unavailable,
} from "@jongleur/protocol";
import type { IceOutcome } from "../ice/ice-desk.ts";

type JoinRefusal = Exclude<JoinOutcome["outcome"], "joined" | "already">;

/** What needs the store, while it can't be reached. */
export const UNAVAILABLE = unavailable("Temporarily unavailable: try again");

export const NOT_GRANTED: SignalingError = {
  error: "notGranted",
  details: "The token does not allow to join this room",
};

const JOIN_REFUSALS: Record<Exclude<JoinRefusal, "banned">, SignalingError> = {
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
  locked: { error: "notAdmitted", details: "The room is locked: nobody new gets in" },
  unavailable: UNAVAILABLE,
  reserved: { error: "badParameters", details: "Invalid 'rid' parameter: it must not be the server's id" },
};

/** The description of an iq-result. */
export type IqAnswer = (JoinResult | LeaveResult | IceServersResult | RefreshResult)["jsongle"]["description"];

/** @returns what the iq-result holds, or why there is an iq-error instead */
export function joinAnswer(outcome: JoinOutcome, rid: string): IqAnswer | SignalingError {
  if ("members" in outcome) return { members: outcome.members, rid };
  if (outcome.outcome !== "banned") return JOIN_REFUSALS[outcome.outcome];
  return { error: "notAdmitted", details: `The user is banned from the room until ${outcome.until}` };
}

export function leaveAnswer(outcome: LeaveOutcome, rid: string): IqAnswer | SignalingError {
  return outcome === "left" ? { rid } : { error: "notAMember", details: "Not in the room that 'rid' names" };
}

export function iceServersAnswer(outcome: IceOutcome): IqAnswer | SignalingError {
  switch (outcome.outcome) {
    case "given":
      return outcome.servers;
    case "notSeated":
      return { error: "notAMember", details: "Servers are for members: not in the room that 'rid' names, or in none" };
    case "tooMany": {
      const { retryAfterMs } = outcome;
      return { error: "tooManyRequests", details: "The user has asked for servers too often", retryAfterMs };
    }
  }
}
