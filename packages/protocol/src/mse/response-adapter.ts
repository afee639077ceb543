// Which answer a text or an object holds.
import { isJsonObject, type Json } from "../json.ts";
import { isId } from "./envelope.ts";
import { guardOf, type MessageGuard } from "./guard.ts";
import { type AnsweredMethod, JSONRPC, type MseErrorResponse, type MseResponse } from "./messages.ts";

export const ResponseAdapter = {
  ping: resultGuard<"ping">((result) => result === "pong"),
  auth: resultGuard<"auth">((result) => result === "authenticated"),
  start: resultGuard<"start">((result) => result === "started"),
  whoami: resultGuard<"whoami">(isWhoami),
  iceServers: resultGuard<"iceServers">(isIceServers),
  error: guardOf<MseErrorResponse>(isErrorResponse),
} as const satisfies { readonly [Method in AnsweredMethod]: MessageGuard<MseResponse<Method>> } & {
  readonly error: MessageGuard<MseErrorResponse>;
};

function resultGuard<Method extends AnsweredMethod>(
  isResult: (result: Json | undefined) => boolean,
): MessageGuard<MseResponse<Method>> {
  return guardOf((value) => {
    if (!isJsonObject(value) || value.jsonrpc !== JSONRPC || value.error !== undefined) return false;
    return isId(value.id) && isResult(value.result);
  });
}

function isWhoami(result: Json | undefined): boolean {
  if (!isJsonObject(result)) return false;
  return [result.userId, result.roomId, result.ipAddress].every((field) => typeof field === "string");
}

function isIceServers(result: Json | undefined): boolean {
  if (!isJsonObject(result) || !Array.isArray(result.iceServers)) return false;
  return typeof result.expires === "string" && typeof result.ttl === "number";
}

function isErrorResponse(value: unknown): boolean {
  if (!isJsonObject(value) || value.jsonrpc !== JSONRPC || value.result !== undefined) return false;
  const { id, error } = value;
  if (!isJsonObject(error) || !(id === null || isId(id))) return false;
  return Number.isInteger(error.code) && typeof error.message === "string";
}
