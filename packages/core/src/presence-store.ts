// Port: which sessions a user has, and how many MUCs they fill together.
import type { Holder } from "./room.ts";
import type { Unavailable } from "./room-store.ts";

export interface PresenceEntry extends Holder {
  readonly uid: string;
  readonly protocol: Protocol;
}

export type Protocol = "jsongle" | "mse";

export type Arrival =
  | { readonly outcome: "online"; readonly first: boolean }
  /** The user has as many sessions as it may have. */
  | { readonly outcome: "full" }
  | Unavailable;
export type Departure = { readonly outcome: "offline"; readonly last: boolean } | Unavailable;
export type MucPlace = { readonly outcome: "taken" | "already" | "full" } | Unavailable;
export type PlaceReturned = { readonly outcome: "returned" } | Unavailable;
export type UserReading = { readonly outcome: "read"; readonly sessions: readonly PresenceEntry[] } | Unavailable;

/**
 * - Each call is atomic with regard to every other call on the same user, from any pod.
 * - All calls are idempotent: a repeated `online` is not first, a repeated `offline` not last, a place
 *   taken again is `already`, and returning a place that isn't held does nothing.
 * - A user may have as many sessions as the call says; one that is online already is never refused, whatever
 *   the limit, nor is any where there is none. A MUC counts once for a user, however many of its sessions
 *   are in it; a place is held until the last of them returns it.
 * - A repeated `online` or `takeMucPlace` by the session's pod under a newer epoch makes it that epoch's, and
 *   under an older one answers `unavailable`. Only the holder's `offline` and `returnMucPlace` have an effect.
 * - Each call answers within a few seconds, `unavailable` if it has to, and never rejects for that reason.
 */
export interface PresenceStore {
  /** Tells whether this is the user's first session. @param limit sessions that the user may have with it */
  online(entry: PresenceEntry, limit?: number): Promise<Arrival>;
  /** Tells whether this was the user's last session. */
  offline(uid: string, holder: Holder): Promise<Departure>;
  sessionsOf(uid: string): Promise<UserReading>;
  /** Takes the user's place in a MUC, before the room's seat is asked for. */
  takeMucPlace(uid: string, holder: Holder, rid: string, limit: number): Promise<MucPlace>;
  returnMucPlace(uid: string, holder: Holder, rid: string): Promise<PlaceReturned>;
}
