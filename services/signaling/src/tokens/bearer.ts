// Who shows a token, and what that allows: its claims, read once for all protocols.
import { type Grants, parseGrants } from "@jongleur/protocol";
import type { JWTPayload } from "jose";

export interface Bearer {
  /** The claim `sub`. */
  readonly uid: string;
  /** Display name. */
  readonly name?: string | undefined;
  readonly grants: Grants;
  /** Seconds since 1970; absent if the token does not expire. */
  readonly exp?: number | undefined;
}

/** @returns a sentence that names the claim, if one is missing or not as it must be */
export function readBearer(payload: JWTPayload): { readonly bearer: Bearer } | { readonly fault: string } {
  const { sub, name, exp } = payload;
  if (typeof sub !== "string" || sub === "") return { fault: "the claim 'sub' must be a text that is not empty" };
  if (name !== undefined && typeof name !== "string") return { fault: "the claim 'name' must be a text" };
  const read = parseGrants(payload.jongleur);
  return "fault" in read ? read : { bearer: { uid: sub, name, grants: read.grants, exp } };
}
