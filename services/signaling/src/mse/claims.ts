// What a token says of its holder, and of the one room that it is for.
import { roomOf } from "@jongleur/protocol";
import type { JWTPayload } from "jose";

export interface Claims {
  readonly userId: string;
  readonly roomId: string;
  /** The room of domain and roomId. */
  readonly rid: string;
  readonly domain?: string | undefined;
  readonly agent?: string | undefined;
  readonly role?: string | undefined;
  /** Seconds since 1970, as are the next two. */
  readonly iat?: number | undefined;
  readonly nbf?: number | undefined;
  readonly exp?: number | undefined;
}

/** The last second that a Date can show. */
const LAST_SECOND = 8_640_000_000_000;

/** @returns undefined where a claim is missing or of a wrong type */
export function readClaims({ userId, roomId, domain, agent, role, iat, nbf, exp }: JWTPayload): Claims | undefined {
  if (!isName(userId) || !isName(roomId)) return undefined;
  if (!isTextOrAbsent(domain) || !isTextOrAbsent(agent) || !isTextOrAbsent(role)) return undefined;
  if (![iat, nbf, exp].every(isDateOrAbsent)) return undefined;
  return { userId, roomId, rid: roomOf(domain, roomId), domain, agent, role, iat, nbf, exp };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isDateOrAbsent(value: number | undefined): boolean {
  return value === undefined || Math.abs(value) <= LAST_SECOND;
}
