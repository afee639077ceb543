// What a request asks for: its method, and those of its parameters that the server reads.
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { Envelope } from "./envelope.ts";
import type { MseError } from "./errors.ts";
import type { Signal, SignalMethod } from "./messages.ts";

export type MseCommand =
  | { readonly method: "ping" }
  | { readonly method: "start" }
  | { readonly method: "whoami" }
  | { readonly method: "iceServers" }
  | { readonly method: "disconnect" }
  | { readonly method: "auth"; readonly token: string }
  | RelayedCommand;

export type RelayedCommand = SignalCommand | ChatCommand;

export interface SignalCommand {
  readonly method: SignalMethod;
  /** As sent: all of it is relayed. */
  readonly params: JsonObject;
}

export interface ChatCommand {
  readonly method: "chat";
  /** userIds; empty means all others in the room. */
  readonly to: readonly string[];
  readonly message: string;
  /** As sent, including a `from` that is never trusted. */
  readonly params: JsonObject;
}

/** The parameter that each signal travels in. */
const SIGNALS = { iceCandidate: "candidate", sdpOffer: "offer", sdpAnswer: "answer" } as const;

/** A method without parameters does not look at those it is given. */
export function readCommand({ method, params }: Envelope): MseCommand | MseError {
  switch (method) {
    case "ping":
    case "start":
    case "whoami":
    case "iceServers":
    case "disconnect":
      return { method };
    case "auth":
      return readAuth(params);
    case "iceCandidate":
    case "sdpOffer":
    case "sdpAnswer":
      return readSignal(method, params);
    case "chat":
      return readChat(params);
    default:
      return { error: "methodNotFound" };
  }
}

export function isRelayedCommand(command: MseCommand): command is RelayedCommand {
  return "params" in command;
}

const INVALID_PARAMS: MseError = { error: "invalidParams" };

function readAuth(params: Json | undefined): MseCommand | MseError {
  if (!isJsonObject(params) || typeof params.token !== "string") return INVALID_PARAMS;
  return { method: "auth", token: params.token };
}

function readSignal(method: SignalMethod, params: Json | undefined): MseCommand | MseError {
  if (!isJsonObject(params) || !isSignal(params[SIGNALS[method]])) return INVALID_PARAMS;
  return { method, params };
}

function readChat(params: Json | undefined): MseCommand | MseError {
  if (!isJsonObject(params)) return INVALID_PARAMS;
  const { to = [], message } = params;
  if (typeof message !== "string" || !isTextList(to)) return INVALID_PARAMS;
  return { method: "chat", to, message, params };
}

function isSignal(value: Json | undefined): value is Signal {
  return typeof value === "string" || isJsonObject(value);
}

function isTextList(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
