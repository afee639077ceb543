// Rooms as Redis keeps them, read: the fields of their hashes, as scripts return them and as they are read.
import type { RoomKind } from "@jongleur/protocol";
import type { Member, PutOut, RoomState } from "./room.ts";

type Field = readonly [name: string, value: string];

export function pairs(flat: readonly string[]): Field[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? "", flat[2 * i + 1] ?? ""]);
}

export function roomOf(rid: string, fields: readonly Field[]): RoomState {
  const { kind, version, locked: _locked, ...seats } = Object.fromEntries(fields);
  return { rid, kind: kind as RoomKind, version: Number(version), members: membersOf(Object.entries(seats)) };
}

/** Redis keeps the fields of a large hash in no order: each seat says since when it is taken. */
export function membersOf(seats: readonly Field[]): Member[] {
  const members = seats.map(seatOf).toSorted((one, other) => one.since - other.since);
  return members.map(({ member }) => member);
}

/** A seat reads `pod epoch since identity`; `since` in microseconds of Redis's clock. */
function seatOf([sessionId, seat]: Field): { readonly since: number; readonly member: Member } {
  const [pod = "", epoch, since] = seat.split(" ", 3);
  const identity = JSON.parse(seat.slice(`${pod} ${epoch} ${since} `.length));
  return { since: Number(since), member: { sessionId, pod, epoch: Number(epoch), identity } };
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
