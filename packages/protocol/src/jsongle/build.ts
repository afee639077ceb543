// What the server says, built in the key order of PROTOCOL.md. Ids and times are arguments: nothing here is impure.
import { describeError, type SignalingError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { RoomName } from "./actions.ts";
import type {
  Ack,
  CallProgress,
  Hello,
  HelloDescription,
  Identity,
  IqAnswer,
  Kicked,
  RelayedMessage,
  RoomEvent,
  ServerDrain,
  ServerReceived,
  SessionError,
  TokenExpiring,
  Unaddressed,
} from "./messages.ts";
import type { RelayRequest } from "./parse.ts";

/** Who speaks, under which fresh id: what every message of the server starts with. */
export interface Origin {
  readonly id: string;
  readonly from: string;
}

export function buildHello(
  { id, from }: Origin,
  transaction: string,
  description: HelloDescription,
): Unaddressed<Hello> {
  return { id, from, jsongle: { action: "iq-get", query: "session-hello", transaction, description } };
}

export function buildAck(
  { id, from }: Origin,
  status: "success" | "failed",
  transaction: Json | undefined,
): Unaddressed<Ack> {
  return { id, from, jsongle: { action: "ack", status, transaction } };
}

export function buildSessionError({ id, from }: Origin, error: SignalingError): Unaddressed<SessionError> {
  return { id, from, jsongle: { action: "session-error", description: describeError(error) } };
}

export function buildIqResult({ id, from }: Origin, request: JsonObject, description: object): Unaddressed<IqAnswer> {
  const { query, transaction } = request;
  return { id, from, jsongle: { action: "iq-result", query, transaction, description } };
}

export function buildIqError({ id, from }: Origin, request: JsonObject, error: SignalingError): Unaddressed<IqAnswer> {
  const { query, transaction } = request;
  return { id, from, jsongle: { action: "iq-error", query, transaction, description: describeError(error) } };
}

export function buildRoomEvent(
  { id, from }: Origin,
  room: RoomName,
  event: "joined" | "left",
  member: Identity,
): Unaddressed<RoomEvent> {
  const description = { member, rid: room.rid };
  return { id, from, jsongle: { action: "session-event", namespace: room.kind, event, description } };
}

/** @param room which it is put out of, the service itself if absent @param until ISO date */
export function buildKicked(
  { id, from }: Origin,
  room: RoomName | undefined,
  { reason, until }: { readonly reason?: string | undefined; readonly until?: string | undefined },
): Unaddressed<Kicked> {
  const description = {
    ...(room && { rid: room.rid }),
    ...(reason !== undefined && { reason }),
    ...(until !== undefined && { until }),
  };
  const namespace = room?.kind ?? "server";
  return { id, from, jsongle: { action: "session-event", namespace, event: "kicked", description } };
}

/** @param mid id of the message that was received */
export function buildServerReceived(
  { id, from }: Origin,
  namespace: Json | undefined,
  mid: string,
  acknowledged: string,
): Unaddressed<ServerReceived> {
  const description = { acknowledged, mid, type: "server-received" } as const;
  return { id, from, jsongle: { action: "session-event", namespace, event: "ack", description } };
}

export function buildServerDrain({ id, from }: Origin, deadline: string): Unaddressed<ServerDrain> {
  const description = { deadline };
  return { id, from, jsongle: { action: "session-event", namespace: "server", event: "server-drain", description } };
}

export function buildTokenExpiring({ id, from }: Origin, expires: string): Unaddressed<TokenExpiring> {
  const description = { expires };
  return { id, from, jsongle: { action: "session-event", namespace: "server", event: "token-expiring", description } };
}

export function buildTrying(origin: Origin, call: JsonObject, tried: string): Unaddressed<CallProgress> {
  return callProgress(origin, call, "trying", { tried });
}

export function buildUnreachable(origin: Origin, call: JsonObject, ended: string): Unaddressed<CallProgress> {
  return callProgress(origin, call, "unreachable", { ended });
}

function callProgress(
  { id, from }: Origin,
  { sid, initiator, responder }: JsonObject,
  reason: "trying" | "unreachable",
  description: { readonly tried: string } | { readonly ended: string },
): Unaddressed<CallProgress> {
  return { id, from, jsongle: { sid, action: "session-info", reason, initiator, responder, description } };
}

export interface RelayContext {
  readonly rid: string;
  /** uid of the sender, by its session: what the message claims is not looked at. */
  readonly uid: string;
  /** ISO date. */
  readonly now: string;
  /** The message's id where its sender gave none. */
  readonly newId: () => string;
}

/** The message as the other members of the room receive it. */
export function buildRelayed(
  request: RelayRequest,
  { rid, uid, now, newId }: RelayContext,
): Unaddressed<RelayedMessage> {
  const { action, muc, envelope, jsongle } = request;
  const { id: _id, from: _from, to: _to, jsongle: _jsongle, ...beside } = envelope;
  const from = muc ? `${rid}/${uid}` : rid;
  const description = action === "session-propose" ? request.description : stamped(request.description, now);
  return { id: request.id ?? newId(), from, ...beside, jsongle: { ...jsongle, action, description } };
}

function stamped(description: JsonObject, now: string): JsonObject {
  if (Object.hasOwn(description, "sent")) return { ...description, relayed: now };
  return { ...description, sent: now, relayed: now };
}

/** Completes a message for one recipient, `to` in its place of the key order. */
export function address<Message extends { readonly id: string; readonly from: string }>(
  message: Message,
  to: string,
): Message & { readonly to: string } {
  const { id, from, ...rest } = message;
  return { id, from, to, ...rest } as Message & { readonly to: string };
}
