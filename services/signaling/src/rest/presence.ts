// Who is online where, and who is in which room: for operators on the pod's own machine.
import type { PresenceStore, RoomStore } from "@jongleur/core";
import { unavailable } from "@jongleur/protocol";
import { refuse } from "@jongleur/runtime";
import type { Express, RequestHandler, Response } from "express";

export interface PresenceRouteParts {
  readonly rooms: RoomStore;
  readonly presence: PresenceStore;
}

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;

export function addPresenceRoutes(app: Express, { rooms, presence }: PresenceRouteParts): void {
  app.get<{ uid: string }>("/users/:uid", onLoopbackOnly, async ({ params: { uid } }, response) => {
    const reading = await presence.sessionsOf(uid);
    if (reading.outcome === "unavailable") return void refuseUnavailable(response);
    const sessions = reading.sessions.map(({ sessionId, protocol, pod }) => ({ id: sessionId, protocol, pod }));
    if (sessions.length === 0) refuse(response, { error: "notFound", details: "No session of that user is online" });
    else response.json({ uid, sessions });
  });
  app.get<{ rid: string }>("/rooms/:rid", onLoopbackOnly, async ({ params: { rid } }, response) => {
    const reading = await rooms.read(rid);
    if (reading.outcome === "unavailable") return void refuseUnavailable(response);
    const { room } = reading;
    if (!room) return refuse(response, { error: "notFound", details: "Nobody is in a room of that name" });
    const members = room.members.map(({ sessionId, pod, identity }) => ({ session: sessionId, pod, member: identity }));
    response.json({ rid, kind: room.kind, members });
  });
}

/** What tells of people and rooms is not for the network. */
const onLoopbackOnly: RequestHandler = (request, response, next) => {
  if (LOOPBACK.test(request.socket.remoteAddress ?? "")) next();
  else refuse(response, { error: "notGranted", details: "Only for clients on the pod's own machine (127.0.0.1, ::1)" });
};

function refuseUnavailable(response: Response): void {
  refuse(response, unavailable("Temporarily unavailable: try again"));
}
