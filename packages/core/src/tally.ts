// What signaling counts: plain numbers that only grow, read when metrics are scraped.
import type { RoomKind } from "@jongleur/protocol";
import { BOUNDS, Durations } from "./durations.ts";

export const JOIN_OUTCOMES = [
  "joined",
  "already",
  "full",
  "wrongKind",
  "locked",
  "banned",
  "tooManyMucs",
  "tooManyRooms",
  "reserved",
  "unavailable",
] as const;
export type JoinOutcomeName = (typeof JOIN_OUTCOMES)[number];

export const RELAY_CLASSES = ["call", "chat", "event", "custom"] as const;
export type RelayClass = (typeof RELAY_CLASSES)[number];

/** "cutOff" where members on other pods could not be reached. */
export const RELAY_OUTCOMES = ["relayed", "cutOff"] as const;
type Relays = Record<(typeof RELAY_OUTCOMES)[number], number>;

export class Tally {
  roomsOpened = 0;
  /** Sessions of this pod that were put out of a room. */
  kicked = 0;
  /** Messages taken for relay, and how many copies of them went to members, own and other pods'. */
  relayed = 0;
  delivered = 0;
  callsAccepted = 0;
  callsFailed = 0;
  /** Seconds. */
  callDuration = 0;
  mucTexts = 0;
  mucReactions = 0;
  readonly joins: Record<RoomKind, Record<JoinOutcomeName, number>> = { room: noJoins(), muc: noJoins() };
  readonly joinTimes: Record<RoomKind, Durations> = {
    room: new Durations(BOUNDS.remote),
    muc: new Durations(BOUNDS.remote),
  };
  readonly relays: Record<RelayClass, Relays> = {
    call: noRelays(),
    chat: noRelays(),
    event: noRelays(),
    custom: noRelays(),
  };
  /** From the arrival of a message to its hand-over on the same pod. */
  readonly relayTimes = new Durations(BOUNDS.local);
  /** Rosters that were read anew. */
  repairs = 0;
}

function noJoins(): Record<JoinOutcomeName, number> {
  return {
    joined: 0,
    already: 0,
    full: 0,
    wrongKind: 0,
    locked: 0,
    banned: 0,
    tooManyMucs: 0,
    tooManyRooms: 0,
    reserved: 0,
    unavailable: 0,
  };
}

function noRelays(): Relays {
  return { relayed: 0, cutOff: 0 };
}
