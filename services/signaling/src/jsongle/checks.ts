// The order of checks for an incoming message (PROTOCOL.md, "Order of checks"), from the second on.
import type { Standing } from "@jongleur/core";
import { type Incoming, isCallAction, type SignalingError } from "@jongleur/protocol";

export type Verdict = "pass" | "unreachable" | SignalingError;

export function check({ identity, route }: Standing, { jsongle, request }: Incoming): Verdict {
  if (!identity && request.kind !== "hello") {
    return { error: "notRegistered", details: "The answer to session-hello is missing or was not accepted" };
  }
  if (route === "notAMember") return { error: "notAMember", details: "Not in the room that 'to' names" };
  // A report is for the server, and often sent just after the peer has gone: it needs no other member.
  if (route === "alone" && jsongle.namespace !== "muc" && request.kind !== "metrics") {
    if (isCallAction(jsongle.action)) return "unreachable";
    return { error: "noOtherMember", details: "Nobody else is in the room that 'to' names" };
  }
  if (request.kind === "unsupported") return request.error;
  if (request.kind === "relay" && route === "server") {
    return { error: "notAMember", details: "The server is no room: 'to' must name a room one is in" };
  }
  return "pass";
}
