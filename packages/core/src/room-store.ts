// Port: who sits in which room.
import type { RoomKind } from "@jongleur/protocol";
import type { Member, RoomState } from "./room.ts";

export type RoomJoin =
  /** Seated, now or already before; the state holds the member itself too. */
  | { readonly outcome: "joined" | "already"; readonly room: RoomState }
  | { readonly outcome: "full" }
  /** The first join fixed the kind of the room, and this one asked for the other. */
  | { readonly outcome: "wrongKind"; readonly kind: RoomKind };

export type RoomLeave =
  /** The room without the session; its members may be none. */
  { readonly outcome: "left"; readonly room: RoomState } | { readonly outcome: "notAMember" };

/**
 * - Each call is atomic with regard to every other call on the same room, from any pod: of simultaneous
 *   joins never more than `limit` are seated, and never fewer than could be.
 * - Both calls are idempotent: a repeated join answers `already`, a repeated leave `notAMember`, and
 *   neither changes the version.
 * - A room exists while it has members. The next join after the last leave makes a new one, of any kind,
 *   at a version higher than any that a room of that rid has had.
 * - What is checked first: the kind, then whether the session is in already, then the limit.
 */
export interface RoomStore {
  join(rid: string, member: Member, kind: RoomKind, limit: number): Promise<RoomJoin>;
  leave(rid: string, sessionId: string): Promise<RoomLeave>;
  /** The room as it is now, undefined if it has no members. */
  read(rid: string): Promise<RoomState | undefined>;
}
