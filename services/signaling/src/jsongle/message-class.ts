// Which of a session's rates a JSONgle message counts for.
import type { Incoming, Unreadable } from "@jongleur/protocol";
import type { MessageClass } from "../limits/message-limits.ts";

/** All other actions are for control, but for joins. */
const CLASSES: ReadonlyMap<unknown, MessageClass> = new Map([
  ["transport-info", "candidate"],
  ["session-text", "chat"],
  ["session-custom", "chat"],
  ["session-event", "chat"],
]);

/** @param incoming counts, whatever is wrong with it */
export function classOf(incoming: Incoming | Unreadable): MessageClass {
  if (!("request" in incoming)) return "control";
  const { jsongle, request } = incoming;
  const isJoin = request.kind === "iq" && "command" in request.command && request.command.command === "join";
  return isJoin ? "join" : (CLASSES.get(jsongle.action) ?? "control");
}
