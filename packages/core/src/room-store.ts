// Port: who sits in which room.
import type { RoomKind } from "@jongleur/protocol";
import type { Holder, Member, RoomState } from "./room.ts";

export type RoomJoin =
  /** Seated, now or already before; the state holds the member itself too. */
  | { readonly outcome: "joined" | "already"; readonly room: RoomState }
  | { readonly outcome: "full" }
  /** The first join fixed the kind of the room, and this one asked for the other. */
  | { readonly outcome: "wrongKind"; readonly kind: RoomKind }
  | Unavailable;

export type RoomLeave =
  /** The room without the session; its members may be none. */
  { readonly outcome: "left"; readonly room: RoomState } | { readonly outcome: "notAMember" } | Unavailable;

/** No room has no members. */
export type RoomReading = { readonly outcome: "read"; readonly room: RoomState | undefined } | Unavailable;

/** The store can't be reached, or has not answered in time: whether anything was done is not known. */
export interface Unavailable {
  readonly outcome: "unavailable";
}

/**
 * - Each call is atomic with regard to every other call on the same room, from any pod: of simultaneous
 *   joins never more than `limit` are seated, and never fewer than could be.
 * - Both calls are idempotent: a repeated join answers `already`, a repeated leave `notAMember`, and
 *   neither changes the version.
 * - A room exists while it has members. The next join after the last leave makes a new one, of any kind,
 *   at a version higher than any that a room of that rid has had.
 * - What is checked first: the kind, then whether the session is in already, then the limit.
 * - A join by the session's pod under a newer epoch answers `already` and makes the seat that epoch's. It keeps
 *   its place in the order, and the version rises, also above any that a store may have lost: whoever has a
 *   roster of the room sees a gap. Under an older epoch than the seat's it answers `unavailable`.
 * - A leave by any but the holder answers `notAMember` and changes nothing.
 * - Each call answers within a few seconds, `unavailable` if it has to, and never rejects for that reason.
 */
export interface RoomStore {
  join(rid: string, member: Member, kind: RoomKind, limit: number): Promise<RoomJoin>;
  leave(rid: string, holder: Holder): Promise<RoomLeave>;
  /** The room as it is now. */
  read(rid: string): Promise<RoomReading>;
}
