// What is checked before a request is carried out: which methods there are, and what has to come first.
import type { MseCommand, MseError } from "@jongleur/protocol";
import { LEEWAY_SECONDS } from "../tokens/verifier.ts";
import type { Claims } from "./claims.ts";

export interface Situation {
  readonly claims: Claims | undefined;
  /** Whether the session has its seat. */
  readonly started: boolean;
  readonly development: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** @returns why a request is refused, undefined if it is not */
export function check({ method }: MseCommand, { claims, started, development, now }: Situation): MseError | undefined {
  if (method === "whoami" && !development) return { error: "methodNotFound" };
  if (method === "auth") return undefined;
  // Nobody has to be kept from going.
  if (claims && now > expiryOf(claims) && method !== "disconnect") return { error: "authorizationFailed" };
  if (method === "ping") return undefined;
  if (!claims) return { error: "unauthorizedAccess" };
  if (method === "start" || method === "whoami" || method === "disconnect" || started) return undefined;
  return { error: "invalidCallOrder", data: { required: "start" } };
}

/** Milliseconds since 1970 until when a token is good, with the leeway that it had when it was accepted. */
export function expiryOf({ exp }: Claims): number {
  return exp === undefined ? Number.POSITIVE_INFINITY : (exp + LEEWAY_SECONDS) * 1000;
}
