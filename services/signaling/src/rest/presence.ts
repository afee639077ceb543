// Who is online where, and who is in which room, as any pod knows.
import type { PresenceStore, RoomStore } from "@jongleur/core";
import { unavailable } from "@jongleur/protocol";
import { defineRoute, type Route } from "@jongleur/runtime";
import { z } from "zod";

export interface PresenceRouteParts {
  readonly rooms: RoomStore;
  readonly presence: PresenceStore;
}

export const ridParams = z.object({
  rid: z.string().min(1).meta({ description: "Name of a room or MUC, percent-encoded" }),
});
export const uidParams = z.object({ uid: z.string().min(1).meta({ description: "A user, percent-encoded" }) });

const userBody = z.object({
  uid: z.string(),
  sessions: z.array(z.object({ id: z.string(), protocol: z.enum(["jsongle", "mse"]), pod: z.string() })),
});

const roomBody = z.object({
  rid: z.string(),
  kind: z.enum(["room", "muc"]),
  members: z.array(
    z.object({
      session: z.string(),
      pod: z.string(),
      member: z.looseObject({ uid: z.string() }).meta({ description: "What the session said of itself in hello" }),
    }),
  ),
});

export function createPresenceRoutes({ rooms, presence }: PresenceRouteParts): Route[] {
  return [userRoute(presence), roomRoute(rooms)];
}

function userRoute(presence: PresenceStore): Route {
  return defineRoute({
    name: "readUser",
    method: "get",
    path: "/users/{uid}",
    summary: "Where a user's sessions are",
    access: "admin",
    params: uidParams,
    answers: { 200: { description: "The sessions, at least one", schema: userBody } },
    refusals: ["notFound", "unavailable"],
    answer: async ({ params: { uid } }) => {
      const reading = await presence.sessionsOf(uid);
      if (reading.outcome === "unavailable") return notNow();
      const sessions = reading.sessions.map(({ sessionId, protocol, pod }) => ({ id: sessionId, protocol, pod }));
      if (sessions.length === 0) return { error: "notFound", details: "No session of that user is online" };
      return { status: 200, body: { uid, sessions } };
    },
  });
}

function roomRoute(rooms: RoomStore): Route {
  return defineRoute({
    name: "readRoom",
    method: "get",
    path: "/rooms/{rid}",
    summary: "Who is in a room or MUC, in the order in which they came",
    access: "admin",
    params: ridParams,
    answers: { 200: { description: "The members, at least one", schema: roomBody } },
    refusals: ["notFound", "unavailable"],
    answer: async ({ params: { rid } }) => {
      const reading = await rooms.read(rid);
      if (reading.outcome === "unavailable") return notNow();
      const { room } = reading;
      if (!room) return { error: "notFound", details: "Nobody is in a room of that name" };
      const members = room.members.map(({ sessionId, pod, identity }) => ({
        session: sessionId,
        pod,
        member: identity,
      }));
      return { status: 200, body: { rid, kind: room.kind, members } };
    },
  });
}

export function notNow() {
  return unavailable("Temporarily unavailable: try again");
}
