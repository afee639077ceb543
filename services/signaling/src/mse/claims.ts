// What a token says of its holder, and of the one room that it is for.
import { type Grants, parseGrants, roomOf } from "@jongleur/protocol";
import type { JWTPayload } from "jose";

export interface Claims {
  readonly userId: string;
  readonly roomId: string;
  /** The room of domain and roomId. */
  readonly rid: string;
  readonly domain?: string | undefined;
  readonly agent?: string | undefined;
  readonly role?: string | undefined;
  readonly grants: Grants;
  /** Seconds since 1970, as are the next two. */
  readonly iat?: number | undefined;
  readonly nbf?: number | undefined;
  readonly exp?: number | undefined;
}

/** @returns a sentence that names the claim, if one is missing or not as it must be */
export function readClaims(payload: JWTPayload): { readonly claims: Claims } | { readonly fault: string } {
  const { userId, roomId, domain, agent, role, iat, nbf, exp, jongleur } = payload;
  if (!isName(userId)) return { fault: "the claim 'userId' must be a text that is not empty" };
  if (!isName(roomId)) return { fault: "the claim 'roomId' must be a text that is not empty" };
  if (!isTextOrAbsent(domain)) return { fault: "the claim 'domain' must be a text" };
  if (!isTextOrAbsent(agent)) return { fault: "the claim 'agent' must be a text" };
  if (!isTextOrAbsent(role)) return { fault: "the claim 'role' must be a text" };
  const read = parseGrants(jongleur);
  if ("fault" in read) return read;
  const rid = roomOf(domain, roomId);
  return { claims: { userId, roomId, rid, domain, agent, role, grants: read.grants, iat, nbf, exp } };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}
