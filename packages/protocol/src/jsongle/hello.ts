// Who a client is: what it says in its answer to hello, as far as its token does not say otherwise.
import type { SignalingError } from "../errors.ts";
import { isJsonObject, type Json } from "../json.ts";
import type { Identity } from "./messages.ts";
import { A_NAME, badParameter, isName } from "./parameters.ts";

/** What is known of the user without the answer, by a token. */
export interface KnownUser {
  readonly uid: string;
  /** Display name, for an answer that has none. */
  readonly name?: string | undefined;
}

/** Wrapped: a client chooses the properties of its identity, and could make it look like an error. */
export interface HelloContent {
  readonly identity: Identity;
}

/** @param description of the answer; where a token says who it is, the `uid` may be left out, but not be another */
export function readIdentity(description: Json | undefined, known?: KnownUser): HelloContent | SignalingError {
  if (!isJsonObject(description)) return badParameter("description", "an object with a 'uid'");
  const { uid = known?.uid, dn = known?.name } = description;
  if (!isName(uid)) return badParameter("uid", A_NAME);
  if (!known) return { identity: description as Identity };
  if (uid !== known.uid) return { error: "notGranted", details: "The token is not that of the user that 'uid' names" };
  return { identity: { ...description, uid, ...(dn !== undefined && { dn }) } as Identity };
}
