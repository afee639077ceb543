// A room as its members see it. Rooms have a name space of their own: a rid is taken literally.
import type { Identity, RoomKind } from "@jongleur/protocol";

/** One session's seat in one room. */
export interface Member {
  readonly sessionId: string;
  /** The pod that serves the session just now. */
  readonly pod: string;
  /** What the session said of itself in its hello answer. */
  readonly identity: Identity;
}

/**
 * A room at one version. The version grows by one with each change of its members, and never comes back:
 * a room that is opened anew under the same rid starts higher, so that what is still under way about the
 * old one can't be taken for news.
 */
export interface RoomState {
  readonly rid: string;
  readonly kind: RoomKind;
  readonly version: number;
  /** In the order in which they took their seats. */
  readonly members: readonly Member[];
}

/** A change of a room's members; `version` is the room's after it. */
export type RoomChange =
  | { readonly kind: "joined"; readonly version: number; readonly member: Member }
  | { readonly kind: "left"; readonly version: number; readonly sessionId: string };
