// What the holder of a token may do, as the claim `jongleur` of the token says.

export const ROLES = ["moderator"] as const;
export type Role = (typeof ROLES)[number];

export interface Grants {
  /** Rooms for two: names, or beginnings of names that end in `*`. Any where absent. */
  readonly rooms?: readonly string[] | undefined;
  /** The same for MUCs. */
  readonly muc?: readonly string[] | undefined;
  readonly roles: readonly Role[];
  /** Sessions that the user may have at the same time, over all pods; as the service is configured where absent. */
  readonly maxSessions?: number | undefined;
}

/** Of who has shown no token, where none is wanted. */
export const NO_GRANTS: Grants = { roles: [] };
