// Port: who sits in which room.
import type { RoomKind } from "@jongleur/protocol";
import type { Dismissal, Holder, Member, PutOut, RoomState } from "./room.ts";

export type RoomJoin =
  /** Seated, now or already before; the state holds the member itself too. */
  | { readonly outcome: "joined" | "already"; readonly room: RoomState }
  | { readonly outcome: "full" }
  /** The first join fixed the kind of the room, and this one asked for the other. */
  | { readonly outcome: "wrongKind"; readonly kind: RoomKind }
  | { readonly outcome: "locked" }
  /** `until` in ms since 1970. */
  | { readonly outcome: "banned"; readonly until: number }
  /** The session was to be seated again, and has been put out of the room. */
  | { readonly outcome: "putOut"; readonly why: Dismissal }
  | Unavailable;

/** Who is to go. */
export interface Expulsion {
  /** Everybody's going closes the room. */
  readonly sessionIds: readonly string[] | "all";
  /** Only if the room is of this kind. */
  readonly kind?: RoomKind | undefined;
  readonly ban?: { readonly uid: string; readonly ms: number } | undefined;
  readonly reason?: string | undefined;
}

export type RoomExpulsion =
  /** The room without those who were put out; its members may be none. Undefined if there was no room, but a ban. */
  | {
      readonly outcome: "expelled";
      readonly room: RoomState | undefined;
      readonly members: readonly Member[];
      /** End of the ban in ms since 1970. */
      readonly until: number | undefined;
    }
  /** None of them was there, and nobody was to be banned. */
  | { readonly outcome: "notThere" }
  | { readonly outcome: "otherKind" }
  | { readonly outcome: "tooManyBans" }
  | Unavailable;

export type RoomLock = { readonly outcome: "done" | "notThere" | "otherKind" } | Unavailable;

export type ExpulsionsReading = { readonly outcome: "read"; readonly putOut: readonly PutOut[] } | Unavailable;

/** Bans of a room that have not ended yet. */
export const MAX_BANS = 1000;

/** For how long it is kept who was put out, so that a pod that stood still meanwhile learns of it: an hour, in seconds. */
export const PUT_OUT_KEPT_SECONDS = 3600;

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
 * - What is checked first: the kind, then whether the session is in already, whether it was put out, a ban of its
 *   user, the lock, the limit.
 * - A join by the session's pod under a newer epoch answers `already` and makes the seat that epoch's. It keeps
 *   its place in the order, and the version rises, also above any that a store may have lost: whoever has a
 *   roster of the room sees a gap. Under an older epoch than the seat's it answers `unavailable`.
 * - A leave by any but the holder answers `notAMember` and changes nothing.
 * - An expulsion is one change of the room, however many it puts out. Whom it has put out is not seated `again`,
 *   but may join anew, unless banned.
 * - A ban is of a uid and a rid, of either kind. It outlives the room, and ends by itself. Another one of the same user
 *   takes its place. There are `MAX_BANS` of a room at most.
 * - Nobody new is seated in a room that is locked. The lock goes with the room, and does not change its version.
 * - Each call answers within a few seconds, `unavailable` if it has to, and never rejects for that reason.
 */
export interface RoomStore {
  /** @param again the session had a seat already, as its pod knows, and the store may have lost it or given it away */
  join(rid: string, member: Member, kind: RoomKind, limit: number, again?: boolean): Promise<RoomJoin>;
  leave(rid: string, holder: Holder): Promise<RoomLeave>;
  /** The room as it is now. */
  read(rid: string): Promise<RoomReading>;
  /**
   * Puts members out, and bans.
   * @param by who has to tell of it: its pod and epoch, and an id of the expulsion. Listed until `told`
   */
  expel(rid: string, by: Holder, expulsion: Expulsion): Promise<RoomExpulsion>;
  /** All who have to know of the expulsion do. */
  told(rid: string, by: Holder): Promise<void>;
  /** The session's pod has put it out. */
  acknowledge(rid: string, sessionId: string): Promise<void>;
  /** Who was put out in the last hour, and is still there as far as its pod knows. */
  expulsions(rid: string): Promise<ExpulsionsReading>;
  lock(rid: string, by: Holder, locked: boolean, kind?: RoomKind): Promise<RoomLock>;
}
