// What the server answers, as text ready to send, each answer in the key order that the MSE document has for it.
import type { IceServers } from "../ice.ts";
import { errorObject, type MseError } from "./errors.ts";
import { JSONRPC, type MseId, type MseResponse, type MseResults, type Whoami } from "./messages.ts";

export const ResponseFactory = {
  pong: (id: MseId): string => JSON.stringify({ id, result: "pong", jsonrpc: JSONRPC } satisfies MseResponse<"ping">),
  authenticated: (id: MseId): string => writeResult(id, "authenticated"),
  started: (id: MseId): string => writeResult(id, "started"),
  whoami: (id: MseId, whoami: Whoami): string => writeResult(id, whoami),
  iceServers: (id: MseId, servers: IceServers): string => writeResult(id, servers),
  /** @param id null with parseError and invalidObject; no other error answers a notification */
  error: (id: MseId | null, error: MseError): string =>
    JSON.stringify({ id, jsonrpc: JSONRPC, error: errorObject(error) }),
} as const;

function writeResult(id: MseId, result: MseResults["auth" | "start" | "whoami" | "iceServers"]): string {
  return JSON.stringify({ id, jsonrpc: JSONRPC, result });
}
