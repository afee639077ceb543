// A chat in a MUC: texts with the server's acknowledgement, typing, a reaction, and leaving.
import type { JsonObject } from "@jongleur/protocol";
import { bothJoin, bothLeaveMuc } from "./room.ts";
import type { Actor, Stage } from "./stage.ts";

const namespace = "muc";

export async function actChat(stage: Stage, rid: string): Promise<void> {
  stage.announce("A chat in a MUC");
  await bothJoin(stage, "muc-join", rid);
  const { alice, bob } = stage;
  await event(alice, bob, rid, "typing", { state: "composing", updated: now() });
  await text(stage, alice, rid, "Hello, Bob!");
  const mid = await text(stage, bob, rid, "Hi, Alice!");
  await event(alice, bob, rid, "reaction", { reacted: now(), mid, type: "smile" });
  await bothLeaveMuc(stage, rid);
  alice.heardAll();
  bob.heardAll();
}

/** @returns the id of the message, to which reactions refer */
async function text({ alice, bob, serverId }: Stage, speaker: Actor, rid: string, content: string): Promise<string> {
  const listener = speaker === alice ? bob : alice;
  const jsongle = {
    action: "session-text",
    namespace,
    description: { sent: now(), content, additionalContent: null },
  };
  const id = speaker.say(rid, jsongle);
  const description = { mid: id, type: "server-received" };
  await speaker.hears({ from: serverId, jsongle: { action: "session-event", namespace, event: "ack", description } });
  await listener.hears({ id, from: `${rid}/${speaker.uid}`, jsongle });
  return id;
}

async function event(
  speaker: Actor,
  listener: Actor,
  rid: string,
  name: string,
  description: JsonObject,
): Promise<void> {
  const jsongle = { action: "session-event", event: name, namespace, description };
  const id = speaker.say(rid, jsongle);
  await listener.hears({ id, from: `${rid}/${speaker.uid}`, jsongle });
}

function now(): string {
  return new Date().toISOString();
}
