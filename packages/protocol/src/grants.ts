// What the holder of a token may do, as the claim `jongleur` of the token says.
import { isJsonObject } from "./json.ts";
import type { RoomName } from "./jsongle/actions.ts";

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

/** Of who has shown no token, where none is wanted, and of a token without the claim. */
export const NO_GRANTS: Grants = { roles: [] };

/** Entries of a list, and characters of each. */
export const MAX_GRANTED = 200;
export const MAX_GRANTED_LENGTH = 1000;
export const MAX_GRANTED_SESSIONS = 1_000_000;

const PROPERTIES: ReadonlySet<string> = new Set(["rooms", "muc", "roles", "maxSessions"]);
const roles: ReadonlySet<unknown> = new Set(ROLES);
const WILDCARD = "*";

/** Strictly: what is not understood might have been meant to forbid something. @returns a sentence if it can't be read */
export function parseGrants(claim: unknown): { readonly grants: Grants } | { readonly fault: string } {
  if (claim === undefined) return { grants: NO_GRANTS };
  if (!isJsonObject(claim)) return wants("", "be an object");
  const unknown = Object.keys(claim).find((name) => !PROPERTIES.has(name));
  if (unknown !== undefined) return { fault: `the claim 'jongleur' has an unknown property '${unknown.slice(0, 64)}'` };
  const { rooms, muc, roles, maxSessions } = claim;
  if (!isListOfNames(rooms)) return wants(".rooms", NAMES);
  if (!isListOfNames(muc)) return wants(".muc", NAMES);
  if (!isListOfRoles(roles)) return wants(".roles", `list no other roles than ${ROLES.join(", ")}`);
  if (!isCount(maxSessions)) return wants(".maxSessions", `be a whole number from 1 to ${MAX_GRANTED_SESSIONS}`);
  return { grants: { rooms, muc, roles: roles ?? [], maxSessions } };
}

/** Whether a room may be joined. A name counts literally, but for a `*` as the last character of a grant. */
export function mayJoin({ rooms, muc }: Grants, { rid, kind }: RoomName): boolean {
  const granted = kind === "muc" ? muc : rooms;
  return granted === undefined || granted.some((grant) => covers(grant, rid));
}

function covers(grant: string, rid: string): boolean {
  return grant.endsWith(WILDCARD) ? rid.startsWith(grant.slice(0, -WILDCARD.length)) : grant === rid;
}

const NAMES = `be a list of at most ${MAX_GRANTED} texts of 1 to ${MAX_GRANTED_LENGTH} characters`;

function wants(property: string, what: string): { readonly fault: string } {
  return { fault: `the claim 'jongleur${property}' must ${what}` };
}

function isListOfNames(value: unknown): value is readonly string[] | undefined {
  return isListOrAbsent(value, (each) => typeof each === "string" && each !== "" && each.length <= MAX_GRANTED_LENGTH);
}

function isListOfRoles(value: unknown): value is readonly Role[] | undefined {
  return isListOrAbsent(value, (each) => roles.has(each));
}

function isListOrAbsent(value: unknown, fits: (each: unknown) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.length <= MAX_GRANTED && value.every(fits));
}

function isCount(value: unknown): value is number | undefined {
  if (value === undefined) return true;
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_GRANTED_SESSIONS;
}
