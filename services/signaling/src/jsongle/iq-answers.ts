// What a client is answered to a join, a leave, or a question for servers.
import type { JoinOutcome, LeaveOutcome, SignalingLimits } from "@jongleur/core";
import {
  type IceServersResult,
  type JoinResult,
  type LeaveResult,
  type RefreshResult,
  type RoomName,
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

/** With the numbers of the settings, so that nobody has to look for what is at its limit. */
function refusalTo(outcome: Exclude<JoinRefusal, "banned">, room: RoomName, limits: SignalingLimits): SignalingError {
  const members = room.kind === "muc" ? limits.maxMembersPerMultiRoom : limits.maxMembersPerRoom;
  const details = {
    full: `The room is full: it has its ${members} members`,
    wrongKind: "The room is of the other kind: session-join is for rooms, muc-join for MUCs",
    tooManyMucs: `The user is in ${limits.maxMultiRoomPerUser} MUCs, and may be in no more`,
    tooManyRooms: `The session is in ${limits.maxRoomsPerSession} rooms and MUCs, or their names take too much, and it may be in no more`,
    locked: "The room is locked: nobody new gets in",
  };
  if (outcome === "unavailable") return UNAVAILABLE;
  if (outcome !== "reserved") return { error: "notAdmitted", details: details[outcome] };
  return { error: "badParameters", details: "Invalid 'rid' parameter: it must not be the server's id" };
}

/** The description of an iq-result. */
export type IqAnswer = (JoinResult | LeaveResult | IceServersResult | RefreshResult)["jsongle"]["description"];

/** @returns what the iq-result holds, or why there is an iq-error instead */
export function joinAnswer(outcome: JoinOutcome, room: RoomName, limits: SignalingLimits): IqAnswer | SignalingError {
  if ("members" in outcome) return { members: outcome.members, rid: room.rid };
  if (outcome.outcome !== "banned") return refusalTo(outcome.outcome, room, limits);
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
