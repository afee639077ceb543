// Joining and leaving a room, the same for a call and a chat.
import type { JsonObject } from "@jongleur/protocol";
import type { Actor, Stage } from "./stage.ts";

/** Alice first, so that she is told of bob. */
export async function bothJoin({ alice, bob, serverId }: Stage, query: string, rid: string): Promise<void> {
  const namespace = query === "muc-join" ? "muc" : "room";
  await ask(alice, serverId, query, rid, { members: [], rid });
  await ask(bob, serverId, query, rid, { members: [{ uid: "alice" }], rid });
  const description = { member: { uid: "bob" }, rid };
  await alice.hears({ from: serverId, jsongle: { action: "session-event", namespace, event: "joined", description } });
}

/** Bob first, so that alice is told. */
export async function bothLeaveMuc({ alice, bob, serverId }: Stage, rid: string): Promise<void> {
  await ask(bob, serverId, "session-leave", rid, { rid });
  const description = { member: { uid: "bob" }, rid };
  await alice.hears({
    from: serverId,
    jsongle: { action: "session-event", namespace: "muc", event: "left", description },
  });
  await ask(alice, serverId, "session-leave", rid, { rid });
}

async function ask(actor: Actor, serverId: string, query: string, rid: string, answer: JsonObject): Promise<void> {
  const transaction = crypto.randomUUID();
  actor.say(serverId, { action: "iq-set", query, transaction, description: { rid } });
  await actor.hears({ from: serverId, jsongle: { action: "iq-result", query, transaction, description: answer } });
}
