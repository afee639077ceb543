// Rooms as Redis keeps them, read: the fields of their hashes, as scripts return them and as they are read.
import { type Identity, isJsonObject } from "@jongleur/protocol";
import type { Member, PutOut, RoomState } from "./room.ts";

type Field = readonly [name: string, value: string];

export function pairs(flat: readonly string[]): Field[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? "", flat[2 * i + 1] ?? ""]);
}

/** A damaged version is older than any. */
export function roomOf(rid: string, fields: readonly Field[]): RoomState {
  const { kind, version, locked: _locked, ...seats } = Object.fromEntries(fields);
  return {
    rid,
    kind: kind === "muc" ? kind : "room",
    version: Math.trunc(Number(version)) || 0,
    members: membersOf(Object.entries(seats)),
  };
}

/**
 * Redis keeps the fields of a large hash in no order: each seat says since when it is taken. One that is damaged
 * is left out: the pod of its session, if it has one, seats it again.
 */
export function membersOf(seats: readonly Field[]): Member[] {
  const members = seats.flatMap((seat) => seatOf(seat) ?? []).toSorted((one, other) => one.since - other.since);
  return members.map(({ member }) => member);
}

/** A seat reads `pod epoch since identity`; `since` in microseconds of Redis's clock. */
const SEAT = /^(\S+) (\d{1,15}) (\d{1,19}) (\{.*\})$/s;

function seatOf([sessionId, seat]: Field): { readonly since: number; readonly member: Member } | undefined {
  const [, pod = "", epoch, since, json = ""] = SEAT.exec(seat) ?? [];
  const identity = identityIn(json);
  return identity && { since: Number(since), member: { sessionId, pod, epoch: Number(epoch), identity } };
}

function identityIn(json: string): Identity | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) && typeof value.uid === "string" ? (value as Identity) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads `version until pod reason`: 0 for no ban, and nothing for no reason. */
export function putOutOf([sessionId, mark]: Field): PutOut {
  const [version, until, pod = ""] = mark.split(" ", 3);
  const reason = mark.slice(`${version} ${until} ${pod} `.length);
  return {
    sessionId,
    pod,
    version: Number(version),
    why: { reason: reason || undefined, until: Number(until) || undefined },
  };
}
