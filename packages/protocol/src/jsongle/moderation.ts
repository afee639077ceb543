// What moderators ask for: to put somebody out of a room, to lock it, to close it.
import type { SignalingError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { A_NAME, badParameter, isName } from "./parameters.ts";

/** 30 days. */
export const MAX_BAN_SECONDS = 30 * 24 * 3600;
/** In characters. */
export const MAX_REASON_LENGTH = 500;

export type ModerationCommand =
  | {
      readonly command: "kick";
      readonly rid: string;
      /** All sessions of a user, or one. */
      readonly target: { readonly uid: string } | { readonly sessionId: string };
      /** For how long the user is banned; not at all if absent. */
      readonly banSeconds: number | undefined;
      readonly reason: string | undefined;
    }
  | { readonly command: "lock"; readonly rid: string; readonly locked: boolean }
  | { readonly command: "close"; readonly rid: string; readonly reason: string | undefined };

type Parser = (rid: string, description: JsonObject) => ModerationCommand | SignalingError;

const kickProperties = ["rid", "uid", "session", "seconds", "reason"];
const lockProperties = ["rid", "locked"];
const closeProperties = ["rid", "reason"];

const PARSERS: ReadonlyMap<unknown, { readonly properties: readonly string[]; readonly parse: Parser }> = new Map([
  ["room-kick", { properties: kickProperties, parse: parseKick }],
  ["room-lock", { properties: lockProperties, parse: parseLock }],
  ["room-close", { properties: closeProperties, parse: parseClose }],
]);

/**
 * Strictly: a property that is misspelt might have been meant to ban, or not to.
 * @returns undefined if the query is none of moderators
 */
export function parseModeration(
  query: Json | undefined,
  description: Json | undefined,
): ModerationCommand | SignalingError | undefined {
  const parser = PARSERS.get(query);
  if (!parser) return undefined;
  const { properties, parse } = parser;
  if (!isJsonObject(description)) return badParameter("description", "an object");
  const unknown = Object.keys(description).some((name) => !properties.includes(name));
  if (unknown) return badParameter("description", `an object with no other properties than ${properties.join(", ")}`);
  const { rid } = description;
  return isName(rid) ? parse(rid, description) : badParameter("rid", A_NAME);
}

function parseKick(rid: string, description: JsonObject): ModerationCommand | SignalingError {
  const { uid, session, seconds: banSeconds, reason } = description;
  if ((uid === undefined) === (session === undefined))
    return badParameter("uid", `${A_NAME}, or 'session' instead of it`);
  if (uid !== undefined && !isName(uid)) return badParameter("uid", A_NAME);
  if (session !== undefined && !isName(session)) return badParameter("session", A_NAME);
  if (!isBan(banSeconds)) return badParameter("seconds", `a whole number from 1 to ${MAX_BAN_SECONDS}`);
  if (!isReason(reason)) return badParameter("reason", REASON);
  const target = session === undefined ? { uid: uid ?? "" } : { sessionId: session };
  return { command: "kick", rid, target, banSeconds, reason };
}

function parseLock(rid: string, { locked = true }: JsonObject): ModerationCommand | SignalingError {
  if (typeof locked !== "boolean") return badParameter("locked", "true or false");
  return { command: "lock", rid, locked };
}

function parseClose(rid: string, { reason }: JsonObject): ModerationCommand | SignalingError {
  return isReason(reason) ? { command: "close", rid, reason } : badParameter("reason", REASON);
}

const REASON = `a string of at most ${MAX_REASON_LENGTH} characters`;

function isReason(value: Json | undefined): value is string | undefined {
  return value === undefined || (typeof value === "string" && value.length <= MAX_REASON_LENGTH);
}

function isBan(value: Json | undefined): value is number | undefined {
  if (value === undefined) return true;
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_BAN_SECONDS;
}
