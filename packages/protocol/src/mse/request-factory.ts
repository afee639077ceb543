// What a client says, as text ready to send.
import { type AnsweredMethod, JSONRPC, type MseId, type MseMethod } from "./messages.ts";

/** An SDP or a candidate: a string, or what the browser made, such as an RTCIceCandidate. */
export type SignalSource = string | object;

export interface ChatSource {
  /** userIds; all others in the room if empty. */
  readonly to?: readonly string[];
  readonly message: string;
  /** Anything that JSON can hold. */
  readonly attachment?: unknown;
}

export interface RequestFactory {
  ping(): string;
  /** @param token a JWT with the claims `userId` and `roomId` */
  auth(token: string): string;
  start(): string;
  whoami(): string;
  iceServers(): string;
  iceCandidate(candidate: SignalSource): string;
  sdpOffer(offer: SignalSource): string;
  sdpAnswer(answer: SignalSource): string;
  disconnect(): string;
  chat(chat: ChatSource): string;
}

const VERSION = "1.0";

/** The ids that the MSE document gives its requests, and the next one for ours. */
const IDS: Readonly<Record<AnsweredMethod, MseId>> = { ping: 1, auth: 2, start: 3, whoami: 4, iceServers: 5 };

/**
 * Without state: each method has an id of its own, so that answers can be told apart as long as no two requests
 * of one method wait at once. Where they may, `createRequestFactory` counts.
 */
export const RequestFactory: RequestFactory = createRequestFactory((method) => IDS[method]);

/** A factory for one connection. @param idFor gives each request its id; counts from 1 if absent */
export function createRequestFactory(idFor: (method: AnsweredMethod) => MseId = countFromOne()): RequestFactory {
  const request = (method: AnsweredMethod, params?: object) => write(idFor(method), method, params);
  const notification = (method: MseMethod, params?: object) => write(null, method, params);
  return {
    ping: () => request("ping"),
    auth: (token) => request("auth", { token, version: VERSION }),
    start: () => request("start"),
    whoami: () => request("whoami"),
    iceServers: () => request("iceServers"),
    iceCandidate: (candidate) => notification("iceCandidate", { candidate }),
    sdpOffer: (offer) => notification("sdpOffer", { offer }),
    sdpAnswer: (answer) => notification("sdpAnswer", { answer }),
    disconnect: () => notification("disconnect"),
    chat: ({ to = [], message, attachment }) => notification("chat", { to, message, attachment }),
  };
}

function countFromOne(): () => MseId {
  let last = 0;
  return () => ++last;
}

function write(id: MseId | null, method: MseMethod, params: object | undefined): string {
  return JSON.stringify({ id, method, jsonrpc: JSONRPC, params });
}
