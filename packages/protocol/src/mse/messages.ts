// Every MSE message as a type: what clients say, what the server says and what it relays.
import type { IceServers } from "../ice.ts";
import type { Json, JsonObject } from "../json.ts";

export const JSONRPC = "2.0";

/** What ties an answer to its request. 0, "" and fractions are ids too. */
export type MseId = string | number;

/** An SDP or an ICE candidate, in whatever form the browser gave it. */
export type Signal = string | JsonObject;

/** Methods with a result; the others are notifications by nature. */
export type AnsweredMethod = keyof MseResults;
export type SignalMethod = "iceCandidate" | "sdpOffer" | "sdpAnswer";
export type RelayedMethod = SignalMethod | "chat";
export type MseMethod = AnsweredMethod | RelayedMethod | "disconnect";

/** Parameters of the methods that have some. */
export interface MseParams {
  readonly auth: { readonly token: string; readonly version?: Json };
  readonly iceCandidate: { readonly candidate: Signal };
  readonly sdpOffer: { readonly offer: Signal };
  readonly sdpAnswer: { readonly answer: Signal };
  readonly chat: ChatParams;
}

export interface ChatParams {
  /** userIds in the room; all others if empty or absent. */
  readonly to?: readonly string[];
  readonly message: string;
  readonly attachment?: Json;
  /** userId of the sender, added by the server. */
  readonly from?: string;
}

interface RequestEnvelope<Method extends MseMethod> {
  /** null or absent in a notification, which is never answered. */
  readonly id?: MseId | null;
  readonly method: Method;
  readonly jsonrpc: typeof JSONRPC;
}

export type MseRequest<Method extends MseMethod = MseMethod> = Method extends keyof MseParams
  ? RequestEnvelope<Method> & { readonly params: MseParams[Method] }
  : RequestEnvelope<Method>;

/** What the server sends unasked, most of it relayed for another member. */
export interface MseNotification {
  readonly id: null;
  readonly method: RelayedMethod;
  readonly jsonrpc: typeof JSONRPC;
  readonly params: JsonObject;
}

export interface MseResults {
  readonly ping: "pong";
  readonly auth: "authenticated";
  readonly start: "started";
  readonly whoami: Whoami;
  readonly iceServers: IceServers;
}

/** What the token and the connection say of their holder; what the token does not hold is absent. */
export interface Whoami {
  readonly domain?: string | undefined;
  readonly agent?: string | undefined;
  readonly role?: string | undefined;
  readonly userId: string;
  readonly roomId: string;
  readonly ipAddress: string;
  /** ISO date, as are the next two. */
  readonly tokenIssued?: string | undefined;
  readonly validFrom?: string | undefined;
  readonly validTo?: string | undefined;
}

export interface MseResponse<Method extends AnsweredMethod = AnsweredMethod> {
  readonly id: MseId;
  readonly jsonrpc: typeof JSONRPC;
  readonly result: MseResults[Method];
}

export interface MseErrorResponse {
  /** null where the request could not be read. */
  readonly id: MseId | null;
  readonly jsonrpc: typeof JSONRPC;
  readonly error: MseErrorObject;
}

export interface MseErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: Json;
}
