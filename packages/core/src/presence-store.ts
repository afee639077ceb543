// Port: which sessions a user has, and how many MUCs they fill together.

export interface PresenceEntry {
  readonly uid: string;
  readonly sessionId: string;
  readonly pod: string;
  readonly protocol: Protocol;
}

export type Protocol = "jsongle" | "mse";

export type MucPlace = "taken" | "already" | "full";

/**
 * - Each call is atomic with regard to every other call on the same user, from any pod.
 * - All calls are idempotent: a repeated `online` is not first, a repeated `offline` not last, a place
 *   taken again is `already`, and returning a place that isn't held does nothing.
 * - A user may have any number of sessions. A MUC counts once for a user, however many of its sessions
 *   are in it; a place is held until the last of them returns it.
 */
export interface PresenceStore {
  /** @returns whether this is the user's first session */
  online(entry: PresenceEntry): Promise<{ readonly first: boolean }>;
  /** @returns whether this was the user's last session */
  offline(uid: string, sessionId: string): Promise<{ readonly last: boolean }>;
  sessionsOf(uid: string): Promise<readonly PresenceEntry[]>;
  /** Takes the user's place in a MUC, before the room's seat is asked for. */
  takeMucPlace(uid: string, sessionId: string, rid: string, limit: number): Promise<MucPlace>;
  returnMucPlace(uid: string, sessionId: string, rid: string): Promise<void>;
}
