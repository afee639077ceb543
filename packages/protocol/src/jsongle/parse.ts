// From unknown to what a client asks for. Says what is wrong, but not when: the order of checks needs
// to know rooms as well, and is the gateway's.
import type { SignalingError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject, shapeOf } from "../json.ts";
import { isRelayedAction, isServerEvent, JOIN_QUERIES, type RelayedAction, type RoomKind } from "./actions.ts";
import { type ModerationCommand, parseModeration } from "./moderation.ts";
import { A_NAME, badParameter, isName } from "./parameters.ts";

/** A message with a jsongle object, not yet admitted by any rule. */
export interface Incoming {
  /** Claimed by the sender: never trusted, only echoed. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly jsongle: JsonObject;
  readonly request: Request;
}

/** Something of which only the claimed sender could be read: 400002 or 413001. */
export interface Unreadable {
  readonly from: string | undefined;
  readonly error: SignalingError;
}

export type Request =
  | { readonly kind: "hello"; readonly description: Json | undefined }
  | { readonly kind: "iq"; readonly command: IqCommand | SignalingError }
  | { readonly kind: "relay"; readonly message: RelayRequest | SignalingError }
  | { readonly kind: "metrics"; readonly report: CallReport }
  | { readonly kind: "ignored" }
  | { readonly kind: "unsupported"; readonly error: SignalingError };

export type IqCommand =
  | { readonly command: "join"; readonly rid: string; readonly roomKind: RoomKind }
  | { readonly command: "leave"; readonly rid: string }
  /** As a member of that room, or of any if none is named. */
  | { readonly command: "ice-servers"; readonly rid: string | undefined }
  | { readonly command: "refresh"; readonly token: string }
  | ModerationCommand;

/** A message to relay: its envelope as sent, and the parts that the server reads. */
export interface RelayRequest {
  readonly action: RelayedAction;
  readonly id: string | undefined;
  /** True when the message's own namespace is `muc`, whatever the kind of the room. */
  readonly muc: boolean;
  readonly envelope: JsonObject;
  readonly jsongle: JsonObject;
  readonly description: JsonObject;
}

/** What a client reports of a call; only what is plausible is kept. */
export interface CallReport {
  readonly iceFailed: boolean;
  /** Seconds, 0 where none or no plausible one is reported. */
  readonly duration: number;
}

/** Levels of nesting that are accepted, counted from the message itself. */
export interface ParseLimits {
  readonly maxDepth: number;
}

/** The longest call whose reported duration is believed: a week, in seconds. */
const MAX_CALL_SECONDS = 7 * 24 * 3600;

export function isRefused<T extends object>(value: T | SignalingError): value is SignalingError {
  return "error" in value && "details" in value;
}

export function parseIncoming(value: unknown, { maxDepth }: ParseLimits): Incoming | Unreadable {
  const from = isJsonObject(value) ? asString(value.from) : undefined;
  const shape = shapeOf(value, maxDepth);
  if (shape === "tooDeep") {
    return { from, error: { error: "tooLarge", details: `The message is nested deeper than ${maxDepth} levels` } };
  }
  if (!isJsonObject(value) || !isJsonObject(value.jsongle)) {
    return { from, error: { error: "noJsongleData", details: "Missing object 'jsongle' in message" } };
  }
  const { jsongle } = value;
  const request = shape === "binary" ? binaryRefused : parseRequest(value, jsongle);
  return { from, to: asString(value.to), jsongle, request };
}

const binaryRefused: Request = {
  kind: "unsupported",
  error: { error: "badParameters", details: "Binary attachments are not supported: send JSON" },
};

function parseRequest(envelope: JsonObject, jsongle: JsonObject): Request {
  const { action } = jsongle;
  if (isRelayedAction(action)) return { kind: "relay", message: parseRelay(action, envelope, jsongle) };
  if (action === "iq-set") return { kind: "iq", command: parseIqSet(jsongle) };
  if (action === "iq-get" && jsongle.query === "ice-servers") {
    return { kind: "iq", command: parseIceServers(jsongle.description) };
  }
  if (action === "session-metrics") return { kind: "metrics", report: parseReport(jsongle.description) };
  if (action === "iq-result") {
    if (jsongle.query !== "session-hello") return { kind: "ignored" };
    return { kind: "hello", description: jsongle.description };
  }
  return {
    kind: "unsupported",
    error: { error: "actionNotAllowed", details: `${named("action", action)} is not supported` },
  };
}

function parseIqSet({ query, description }: JsonObject): IqCommand | SignalingError {
  const moderation = parseModeration(query, description);
  if (moderation) return moderation;
  if (query === "token-refresh") return parseRefresh(description);
  const roomKind = JOIN_QUERIES.get(query);
  if (roomKind === undefined && query !== "session-leave") return noSuchQuery(query);
  const rid = isJsonObject(description) ? description.rid : undefined;
  if (!isName(rid)) return badParameter("rid", A_NAME);
  return roomKind === undefined ? { command: "leave", rid } : { command: "join", rid, roomKind };
}

function parseIceServers(description: Json = {}): IqCommand | SignalingError {
  if (!isJsonObject(description)) return badParameter("description", "an object, or absent");
  const { rid } = description;
  return rid === undefined || isName(rid)
    ? { command: "ice-servers", rid }
    : badParameter("rid", `${A_NAME}, or absent`);
}

function noSuchQuery(query: Json | undefined): SignalingError {
  return { error: "notFound", details: `${named("query", query)} is not supported` };
}

function parseRefresh(description: Json | undefined): IqCommand | SignalingError {
  const token = isJsonObject(description) ? description.token : undefined;
  return isName(token) ? { command: "refresh", token } : badParameter("token", A_NAME);
}

function parseRelay(action: RelayedAction, envelope: JsonObject, jsongle: JsonObject): RelayRequest | SignalingError {
  const { id } = envelope;
  if (id !== undefined && typeof id !== "string") return badParameter("id", "a string");
  const { description } = jsongle;
  if (!isJsonObject(description)) return badParameter("description", "an object");
  if (action === "session-event" && isServerEvent(jsongle.event, description)) {
    return { error: "actionNotAllowed", details: `${named("event", jsongle.event)} is the server's own` };
  }
  return { action, id, muc: jsongle.namespace === "muc", envelope, jsongle, description };
}

function parseReport(description: Json | undefined): CallReport {
  if (!isJsonObject(description)) return { iceFailed: false, duration: 0 };
  const { error, duration } = description;
  const plausible = typeof duration === "number" && duration > 0 && duration <= MAX_CALL_SECONDS;
  return { iceFailed: error === "ice-failed", duration: plausible ? duration : 0 };
}

/** Quotes what a client wrote, cut short so that an answer never grows with a hostile message. */
function named(field: string, value: Json | undefined): string {
  if (typeof value !== "string") return `The ${field}`;
  return `The ${field} '${value.length > 64 ? `${value.slice(0, 64)}…` : value}'`;
}

function asString(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
