// A room as its members see it. Rooms have a name space of their own: a rid is taken literally.
import type { Identity, RoomKind } from "@jongleur/protocol";

/**
 * Who holds what a session has in the stores: the pod that serves it just now, under one of its epochs. A
 * pod that was taken for dead goes on under a new epoch; what is left of the old one is not its own any more.
 */
export interface Holder {
  readonly sessionId: string;
  readonly pod: string;
  readonly epoch: number;
}

export function sameHolder(one: Holder, other: Holder): boolean {
  return one.sessionId === other.sessionId && one.pod === other.pod && one.epoch === other.epoch;
}

/** Whether the holder's pod has gone on under a newer epoch: what still comes under this one is behind the times. */
export function isSuperseded(holder: Holder, current: Holder): boolean {
  return holder.pod === current.pod && holder.epoch < current.epoch;
}

/** One session's seat in one room. */
export interface Member extends Holder {
  /** What the session said of itself in its hello answer. */
  readonly identity: Identity;
}

/**
 * A room at one version. The version grows by one with each change of its members, or further when a seat is
 * made another epoch's, and never comes back: a room that is opened anew under the same rid starts higher, so that what is still under way about the
 * old one can't be taken for news.
 */
export interface RoomState {
  readonly rid: string;
  readonly kind: RoomKind;
  readonly version: number;
  /** In the order in which they took their seats. */
  readonly members: readonly Member[];
}

/** Why somebody has to go, as it is told. */
export interface Dismissal {
  readonly reason?: string | undefined;
  /** In ms since 1970: until when the user is banned. */
  readonly until?: number | undefined;
}

/** Who was put out of a room. */
export interface PutOut {
  readonly sessionId: string;
  /** Which serves the session. */
  readonly pod: string;
  /** Of the room, behind that. */
  readonly version: number;
  readonly why: Dismissal;
}

/** A change of a room's members; `version` is the room's after it. */
export type RoomChange =
  | ({ readonly kind: "putOut"; readonly version: number; readonly sessionIds: readonly string[] } & Dismissal)
  | { readonly kind: "joined"; readonly version: number; readonly member: Member }
  | { readonly kind: "left"; readonly version: number; readonly sessionId: string };
