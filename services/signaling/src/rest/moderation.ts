// What admins do to sessions and rooms, on whichever pods they are: kick, lock, close, disconnect.
import type { CloseOutcome, DisconnectOutcome, KickOutcome, LockOutcome, Moderation } from "@jongleur/core";
import { MAX_BAN_SECONDS, MAX_REASON_LENGTH, type SignalingError } from "@jongleur/protocol";
import { defineRoute, type Route } from "@jongleur/runtime";
import { z } from "zod";
import { notNow, ridParams, uidParams } from "./presence.ts";

const name = z.string().min(1);
const sessions = z.int().min(0).meta({ description: "How many sessions have to go" });

export function createModerationRoutes(moderation: Moderation): Route[] {
  return [
    kickRoute(moderation),
    lockRoute(moderation),
    closeRoute(moderation),
    disconnectUserRoute(moderation),
    disconnectSessionRoute(moderation),
  ];
}

const kickBody = z
  .strictObject({
    uid: name.optional().meta({ description: "All sessions of a user" }),
    session: name.optional().meta({ description: "Or one session, by its id" }),
    seconds: z.int().min(1).max(MAX_BAN_SECONDS).optional().meta({ description: "For so long the user is banned" }),
    reason: z.string().max(MAX_REASON_LENGTH).optional().meta({ description: "Told to those who are put out" }),
  })
  .refine(({ uid, session }) => (uid === undefined) !== (session === undefined), {
    error: "wants either uid or session",
  });

function kickRoute(moderation: Moderation): Route {
  return defineRoute({
    name: "kick",
    method: "post",
    path: "/rooms/{rid}/kick",
    summary: "Puts a user, or one session, out of a room, and bans the user if that is wanted",
    access: "admin",
    params: ridParams,
    body: kickBody,
    answers: {
      200: {
        description: "They are out",
        schema: z.object({ rid: z.string(), sessions, until: z.iso.datetime().optional() }),
      },
    },
    refusals: ["notFound", "tooManyRequests", "unavailable"],
    recorded: ({ params, body: { uid, session, seconds } }) => ({ ...params, uid, session, seconds }),
    answer: async ({ params: { rid }, body: { uid, session = "", seconds, reason } }) => {
      const target = uid === undefined ? { sessionId: session } : { uid };
      const outcome = await moderation.kick(rid, target, { banSeconds: seconds, reason });
      if (outcome.outcome !== "kicked") return refusalOf(outcome.outcome);
      const { until } = outcome;
      const ban = until === undefined ? {} : { until: new Date(until).toISOString() };
      return { status: 200, body: { rid, sessions: outcome.sessions, ...ban } };
    },
  });
}

function lockRoute(moderation: Moderation): Route {
  const schema = z.object({ rid: z.string(), locked: z.boolean() });
  return defineRoute({
    name: "lock",
    method: "put",
    path: "/rooms/{rid}/lock",
    summary: "Lets nobody new into a room, or lets them in again",
    access: "admin",
    params: ridParams,
    body: z.strictObject({ locked: z.boolean() }),
    answers: { 200: { description: "It is so now, until the last member leaves", schema } },
    refusals: ["notFound", "unavailable"],
    recorded: ({ params, body }) => ({ ...params, ...body }),
    answer: async ({ params: { rid }, body: { locked } }) => {
      const { outcome } = await moderation.lock(rid, locked);
      if (outcome !== "locked" && outcome !== "unlocked") return refusalOf(outcome);
      return { status: 200, body: { rid, locked } };
    },
  });
}

function closeRoute(moderation: Moderation): Route {
  return defineRoute({
    name: "closeRoom",
    method: "delete",
    path: "/rooms/{rid}",
    summary: "Puts everybody out of a room",
    access: "admin",
    params: ridParams,
    answers: { 200: { description: "Nobody is in there", schema: z.object({ rid: z.string(), sessions }) } },
    refusals: ["notFound", "unavailable"],
    recorded: ({ params }) => params,
    answer: async ({ params: { rid } }) => {
      const outcome = await moderation.close(rid);
      if (outcome.outcome !== "closed") return refusalOf(outcome.outcome);
      return { status: 200, body: { rid, sessions: outcome.sessions } };
    },
  });
}

const disconnectedBody = z.object({ uid: z.string(), sessions });

function disconnectUserRoute(moderation: Moderation): Route {
  return defineRoute({
    name: "disconnectUser",
    method: "delete",
    path: "/users/{uid}/sessions",
    summary: "Closes all connections of a user",
    access: "admin",
    params: uidParams,
    answers: { 200: { description: "They are closed, behind what they are told", schema: disconnectedBody } },
    refusals: ["notFound", "unavailable"],
    recorded: ({ params }) => params,
    answer: ({ params }) => disconnect(moderation, params),
  });
}

function disconnectSessionRoute(moderation: Moderation): Route {
  return defineRoute({
    name: "disconnectSession",
    method: "delete",
    path: "/users/{uid}/sessions/{session}",
    summary: "Closes one connection of a user",
    access: "admin",
    params: uidParams.extend({ session: name.meta({ description: "A session's id" }) }),
    answers: { 200: { description: "It is closed, behind what it is told", schema: disconnectedBody } },
    refusals: ["notFound", "unavailable"],
    recorded: ({ params }) => params,
    answer: ({ params: { uid, session: sessionId } }) => disconnect(moderation, { uid, sessionId }),
  });
}

async function disconnect(moderation: Moderation, whom: { readonly uid: string; readonly sessionId?: string }) {
  const outcome = await moderation.disconnect(whom);
  if (outcome.outcome !== "disconnected") return refusalOf(outcome.outcome);
  return { status: 200, body: { uid: whom.uid, sessions: outcome.sessions } };
}

type Outcome = KickOutcome | LockOutcome | CloseOutcome | DisconnectOutcome;
type Done = "kicked" | "locked" | "unlocked" | "closed" | "disconnected";

function refusalOf(outcome: Exclude<Outcome["outcome"], Done>): SignalingError {
  return outcome === "unavailable" ? notNow() : REFUSALS[outcome];
}

const REFUSALS: Record<Exclude<Outcome["outcome"], Done | "unavailable">, SignalingError> = {
  notThere: { error: "notFound", details: "Nobody who is meant is there" },
  // Admins may do it in rooms of any kind, and never say of which.
  otherKind: { error: "notFound", details: "The room is of another kind" },
  tooManyBans: { error: "tooManyRequests", details: "The limit of bans of a room is reached" },
};
