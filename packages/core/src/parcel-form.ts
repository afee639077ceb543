// Tells parcels from what only looks like one: whoever reaches the bus can put anything there.
import { isJsonObject, isRelayedAction, type JsonObject, type RelayedMethod } from "@jongleur/protocol";
import type { Parcel } from "./pod-bus.ts";

type Kind = Parcel["kind"];
/** Looks at what the receiver reads, and at no more: the rest is for clients, who take it as what somebody said. */
type Form = (parcel: JsonObject) => boolean;

/** Levels that what a client said may have, whatever the settings: far fewer than can't be written as JSON again. */
const MAX_DEPTH = 1001;

/** A kind that lacks its form does not compile. */
const FORMS: { readonly [K in Kind]: Form } = {
  message: ({ rid, sender, only, message }) =>
    isText(rid) && isText(sender) && (only === undefined || areTexts(only)) && isRelayed(message),
  joined: ({ rid, version, member }) => isText(rid) && isCount(version) && isMember(member),
  left: ({ rid, version, sessionId }) => isText(rid) && isCount(version) && isText(sessionId),
  putOut: ({ rid, version, sessionIds, reason, until }) =>
    isText(rid) && isCount(version) && areTexts(sessionIds) && isTextOrAbsent(reason) && isTimeOrAbsent(until),
  dismiss: ({ sessionIds, reason }) => areTexts(sessionIds) && isTextOrAbsent(reason),
  missing: ({ rid, sessionIds }) => isText(rid) && areTexts(sessionIds),
  present: ({ rid, sessionIds }) => isText(rid) && areTexts(sessionIds),
  bounced: ({ rid, sender, mid }) => isText(rid) && isText(sender) && isText(mid),
  digest: ({ versions }) => Array.isArray(versions) && versions.every(isRoomVersion),
};

const METHODS: readonly RelayedMethod[] = ["iceCandidate", "sdpOffer", "sdpAnswer", "chat"];

const methods: ReadonlySet<unknown> = new Set(METHODS);
const forms: ReadonlyMap<unknown, Form> = new Map(Object.entries(FORMS));

export function isParcel(value: unknown): value is Parcel {
  if (!isJsonObject(value)) return false;
  return forms.get(value.kind)?.(value) ?? false;
}

/** A member's message, in the protocol of its sender. */
function isRelayed(message: unknown): boolean {
  if (!isJsonObject(message) || !isText(message.id)) return false;
  return ("jsongle" in message ? isOfJsongle(message) : isOfMse(message)) && isShallow(message, MAX_DEPTH);
}

function isOfJsongle({ from, jsongle }: JsonObject): boolean {
  return isText(from) && isJsonObject(jsongle) && isRelayedAction(jsongle.action) && isJsonObject(jsongle.description);
}

function isOfMse({ relayed, mse }: JsonObject): boolean {
  return isText(relayed) && isJsonObject(mse) && methods.has(mse.method) && isJsonObject(mse.params);
}

function isMember(member: unknown): boolean {
  if (!isJsonObject(member)) return false;
  const { sessionId, pod, epoch, identity } = member;
  const isHolder = isText(sessionId) && isText(pod) && isCount(epoch);
  return isHolder && isJsonObject(identity) && isText(identity.uid) && isShallow(identity, MAX_DEPTH);
}

function isRoomVersion(entry: unknown): boolean {
  if (!Array.isArray(entry)) return false;
  const [rid, version] = entry;
  // -1 says that there are no members of the room.
  return entry.length === 2 && isText(rid) && (version === -1 || isCount(version));
}

/** Costs less than `shapeOf`, which copies what an object holds: what comes off the bus is JSON. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((child) => isShallow(child, levels - 1));
  for (const key in value) if (!isShallow(value[key as keyof typeof value], levels - 1)) return false;
  return true;
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || isText(value);
}

/** The last millisecond that a Date can show. */
const LAST_MS = 8_640_000_000_000_000;

function isTimeOrAbsent(value: unknown): boolean {
  return value === undefined || (isCount(value) && (value as number) <= LAST_MS);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
