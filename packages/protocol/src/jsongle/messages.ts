// Every JSONgle message as a type, (PROTOCOL.md): what clients say and what the server says.
import type { ErrorDescription } from "../errors.ts";
import type { IceServers } from "../ice.ts";
import type { Json, JsonObject } from "../json.ts";
import type { AcknowledgedAction, CallAction, RelayedAction, RoomKind } from "./actions.ts";

/** The Socket.IO event that carries every message, both ways. */
export const JSONGLE_EVENT = "jsongle";

export interface Envelope<Content> {
  /** A fresh UUID for what the server writes, the sender's own for what it relays. */
  readonly id: string;
  /** Claimed by a client and never trusted; set by the server for what it says or relays. */
  readonly from: string;
  /** A room, the server id, or the session that receives it. */
  readonly to: string;
  readonly jsongle: Content;
}

/** A message that the session it is sent to completes with its own id as `to`. */
export type Unaddressed<Message extends { readonly to: string }> = Omit<Message, "to">;

interface Iq<Action extends string, Query extends string, Description> {
  readonly action: Action;
  readonly query: Query;
  /** Chosen by the asker and repeated in the answer; any JSON, may be absent. */
  readonly transaction?: Json | undefined;
  readonly description: Description;
}

/** What a client tells about itself; others see all of it. */
export interface Identity extends JsonObject {
  readonly uid: string;
  /** Display name. */
  readonly dn?: string;
}

export interface HelloDescription {
  readonly version: string;
  /** The server id, which is the `to` of requests to the server. */
  readonly sn: string;
  readonly info: string;
  /** ISO date. */
  readonly connected: string;
}

export type Hello = Envelope<Iq<"iq-get", "session-hello", HelloDescription>>;
export type HelloAnswer = Envelope<Iq<"iq-result", "session-hello", Identity>>;
export type JoinQuery = "session-join" | "muc-join";
export type JoinRequest = Envelope<Iq<"iq-set", JoinQuery, { readonly rid: string }>>;
export type LeaveRequest = Envelope<Iq<"iq-set", "session-leave", { readonly rid: string }>>;
/** Of a member of that room, or of any if none is named. */
export type IceServersRequest = Envelope<Iq<"iq-get", "ice-servers", { readonly rid?: string } | undefined>>;

export type RefreshRequest = Envelope<Iq<"iq-set", "token-refresh", { readonly token: string }>>;
/** `expires`: ISO date, absent if the token does not expire. */
export type RefreshResult = Envelope<Iq<"iq-result", "token-refresh", { readonly expires?: string }>>;

interface JoinDescription {
  /** Those who were there already, without oneself. */
  readonly members: readonly Identity[];
  readonly rid: string;
}
export type JoinResult = Envelope<Iq<"iq-result", JoinQuery, JoinDescription>>;
export type LeaveResult = Envelope<Iq<"iq-result", "session-leave", { readonly rid: string }>>;
export type IceServersResult = Envelope<Iq<"iq-result", "ice-servers", IceServers>>;

/** An answer to an IQ: action, query and description are those of the request's outcome. */
export type IqAnswer = Omit<Envelope<unknown>, "jsongle"> & {
  readonly jsongle: {
    readonly action: "iq-result" | "iq-error";
    readonly query?: Json | undefined;
    readonly transaction?: Json | undefined;
    readonly description: object;
  };
};
export type IqError = IqAnswer & {
  readonly jsongle: { readonly action: "iq-error"; readonly description: ErrorDescription };
};

export type Ack = Envelope<{
  readonly action: "ack";
  readonly status: "success" | "failed" | "pending";
  readonly transaction?: Json | undefined;
}>;

export type SessionError = Envelope<{ readonly action: "session-error"; readonly description: ErrorDescription }>;

export type RoomEvent = Envelope<{
  readonly action: "session-event";
  readonly namespace: RoomKind;
  readonly event: "joined" | "left";
  readonly description: { readonly member: Identity; readonly rid: string };
}>;

/** Said to a session that has been put out of a room, or out of the service: then its connection is closed behind it. */
export type Kicked = Envelope<{
  readonly action: "session-event";
  readonly namespace: RoomKind | "server";
  readonly event: "kicked";
  readonly description: {
    /** Absent in namespace `server`. */
    readonly rid?: string;
    readonly reason?: string;
    /** ISO date until which the user is banned. */
    readonly until?: string;
  };
}>;

/** Said once a text or custom message is on its way to the others of its room. */
export type ServerReceived = Envelope<{
  readonly action: "session-event";
  readonly namespace?: Json | undefined;
  readonly event: "ack";
  readonly description: { readonly acknowledged: string; readonly mid: string; readonly type: "server-received" };
}>;

/** Said before the pod closes a session's connection to stop. */
export type ServerDrain = Envelope<{
  readonly action: "session-event";
  readonly namespace: "server";
  readonly event: "server-drain";
  /** ISO date by which the connection is closed. */
  readonly description: { readonly deadline: string };
}>;

/** Said before a session's token expires: it is closed then, unless it sends a fresh one (`token-refresh`). */
export type TokenExpiring = Envelope<{
  readonly action: "session-event";
  readonly namespace: "server";
  readonly event: "token-expiring";
  /** ISO date. */
  readonly description: { readonly expires: string };
}>;

/** What ties a call's messages together; taken from the message that is answered, whatever JSON it holds. */
export interface CallReference {
  readonly sid?: Json | undefined;
  readonly initiator?: Json | undefined;
  readonly responder?: Json | undefined;
}

export type CallProgress = Envelope<
  CallReference & {
    readonly action: "session-info";
    readonly reason: "trying" | "unreachable";
    /** `tried` or `ended`: ISO date. */
    readonly description: { readonly tried: string } | { readonly ended: string };
  }
>;

export type CallMessage = Envelope<
  CallReference & {
    readonly action: CallAction;
    /** With `session-info`: ringing, active, mute, unmute, … */
    readonly reason?: Json;
    readonly namespace?: Json;
    readonly description: JsonObject;
  }
>;

export type ChatMessage = Envelope<{
  readonly action: AcknowledgedAction;
  /** `muc` in a MUC: recipients then see `room/uid` as its sender. */
  readonly namespace?: Json;
  readonly transaction?: Json;
  readonly description: JsonObject;
}>;

/** Typing, reaction, and delivery or read marks. */
export type EventMessage = Envelope<{
  readonly action: "session-event";
  readonly event: Json;
  readonly namespace?: Json;
  readonly description: JsonObject;
}>;

export type MetricsReport = Envelope<{
  readonly action: "session-metrics";
  readonly sid?: Json;
  /** `error: "ice-failed"` and `duration` (seconds) feed the metrics. */
  readonly description: JsonObject;
}>;

/** A client's message as the members of the room receive it; properties beside `jsongle` are kept. */
export type RelayedMessage = Envelope<{
  readonly action: RelayedAction;
  readonly namespace?: Json | undefined;
  readonly description: JsonObject;
}>;

export type ClientMessage =
  | HelloAnswer
  | JoinRequest
  | LeaveRequest
  | IceServersRequest
  | RefreshRequest
  | CallMessage
  | ChatMessage
  | EventMessage
  | MetricsReport;

export type ServerMessage =
  | Hello
  | IqAnswer
  | Ack
  | SessionError
  | RoomEvent
  | Kicked
  | ServerReceived
  | ServerDrain
  | TokenExpiring
  | CallProgress
  | RelayedMessage;
