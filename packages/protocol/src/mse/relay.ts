// What the server sends to the other members of a room.
import type { JsonObject } from "../json.ts";
import { JSONRPC, type MseNotification, type RelayedMethod } from "./messages.ts";

/** A member's call on its way to the others in the room, whichever protocol they speak. */
export interface MseRelay {
  /** Made by the server: the others never see the one that a client gave. */
  readonly id: string;
  /** ISO date. */
  readonly relayed: string;
  readonly mse: { readonly method: RelayedMethod; readonly params: JsonObject };
}

export function buildNotification(method: RelayedMethod, params: JsonObject): MseNotification {
  return { id: null, method, jsonrpc: JSONRPC, params };
}

/** A member's call as the others receive it. @param sender its userId, whatever `from` it claimed in a chat */
export function buildRelayedNotification({ method, params }: MseRelay["mse"], sender: string): MseNotification {
  if (method !== "chat") return buildNotification(method, params);
  const { from: _claimed, ...said } = params;
  return buildNotification(method, { ...said, from: sender });
}
