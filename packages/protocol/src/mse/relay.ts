// What the server sends to the other members of a room.
import type { JsonObject } from "../json.ts";
import type { RelayedCommand } from "./commands.ts";
import { JSONRPC, type MseNotification, type RelayedMethod } from "./messages.ts";

export function buildNotification(method: RelayedMethod, params: JsonObject): MseNotification {
  return { id: null, method, jsonrpc: JSONRPC, params };
}

/** A member's call as the others receive it. @param sender its userId, whatever `from` it claimed in a chat */
export function buildRelayedNotification({ method, params }: RelayedCommand, sender: string): MseNotification {
  if (method !== "chat") return buildNotification(method, params);
  const { from: _claimed, ...said } = params;
  return buildNotification(method, { ...said, from: sender });
}
