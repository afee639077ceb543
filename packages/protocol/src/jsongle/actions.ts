// The actions and queries of JSONgle, grouped by what the server does with them.

/** Call signaling: relayed, and answered with `unreachable` when the sender is alone in the room. */
export const CALL_ACTIONS = [
  "session-propose",
  "session-info",
  "session-proceed",
  "session-initiate",
  "session-accept",
  "transport-info",
  "session-decline",
  "session-retract",
  "session-terminate",
] as const;

/** Messages that the server acknowledges to their sender once they are on their way. */
export const ACKNOWLEDGED_ACTIONS = ["session-text", "session-custom"] as const;

export const RELAYED_ACTIONS = [...CALL_ACTIONS, ...ACKNOWLEDGED_ACTIONS, "session-event"] as const;

export type CallAction = (typeof CALL_ACTIONS)[number];
export type AcknowledgedAction = (typeof ACKNOWLEDGED_ACTIONS)[number];
export type RelayedAction = (typeof RELAYED_ACTIONS)[number];

/** Events that the server alone tells of: what a client sends by these names is relayed to nobody. */
export const SERVER_EVENTS = ["joined", "left", "kicked", "token-expiring", "server-drain"] as const;

const serverEvents: ReadonlySet<unknown> = new Set(SERVER_EVENTS);
const callActions: ReadonlySet<unknown> = new Set(CALL_ACTIONS);
const acknowledgedActions: ReadonlySet<unknown> = new Set(ACKNOWLEDGED_ACTIONS);
const relayedActions: ReadonlySet<unknown> = new Set(RELAYED_ACTIONS);

export function isCallAction(action: unknown): action is CallAction {
  return callActions.has(action);
}

export function isAcknowledgedAction(action: unknown): action is AcknowledgedAction {
  return acknowledgedActions.has(action);
}

export function isRelayedAction(action: unknown): action is RelayedAction {
  return relayedActions.has(action);
}

/** Whether an event can only be the server's; members acknowledge to each other, but not in its name. */
export function isServerEvent(event: unknown, description: { readonly type?: unknown }): boolean {
  return serverEvents.has(event) || (event === "ack" && description.type === "server-received");
}

export type RoomKind = "room" | "muc";

export interface RoomName {
  readonly rid: string;
  readonly kind: RoomKind;
}

/** The kind of room that each join query asks for. */
export const JOIN_QUERIES: ReadonlyMap<unknown, RoomKind> = new Map([
  ["session-join", "room"],
  ["muc-join", "muc"],
]);
