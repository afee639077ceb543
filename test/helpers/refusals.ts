// What can't be had just now is refused (503001), and what isn't refused is had.
import { randomUUID } from "node:crypto";
import { JsongleConnection, type Received } from "@jongleur/client";
import type { JsonObject } from "@jongleur/protocol";
import { io } from "socket.io-client";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import { action, errorCode, type Party } from "./party.ts";
import { APP_TOKEN, type Pod } from "./pod.ts";

/** So long it takes at most until a message has arrived or was refused: a Redis that is silent is given up sooner. */
const VERDICT_MS = 10_000;

/** Says something, and waits until the speaker is told that this can't be had now. */
export async function isRefused(rid: string, speaker: Party): Promise<string> {
  const before = speaker.heard.length;
  const id = speaker.send(rid, { action: "session-text", namespace: "muc", description: {} });
  await eventually(() => {
    const refusal = speaker.heard.slice(before).find((message) => errorCode(message) === 503001);
    if (!refusal)
      throw new Error(`${speaker.uid} was not refused; it heard ${JSON.stringify(speaker.heard.slice(before))}`);
    expect(refusal.jsongle.description).toMatchObject({ retryAfterMs: expect.any(Number) });
  });
  return id;
}

/**
 * Sends a message, and waits until all listeners have heard it.
 * @throws if it is refused, or neither heard by all nor refused
 */
export async function arrives(
  rid: string,
  speaker: Party,
  listeners: readonly Party[],
  jsongle: JsonObject,
  beside?: JsonObject,
): Promise<void> {
  const before = speaker.heard.length;
  const id = speaker.send(rid, jsongle, beside);
  const refusal = () => speaker.heard.slice(before).find(action("session-error"));
  const what = `${jsongle.action} of ${speaker.uid} in ${rid}`;
  await eventually(() => {
    const missing = listeners.filter(({ heard }) => !heard.some((message) => message.id === id));
    if (missing.length === 0 || refusal()) return;
    throw new Error(`${what} is not refused, and not heard by ${missing.map(({ uid }) => uid)}`);
  }, VERDICT_MS);
  const refused = refusal();
  if (refused) throw new Error(`${what} is refused: ${JSON.stringify(refused.jsongle.description)}`);
}

/** Says something, and waits until it has arrived and was acknowledged. */
export async function isHeard(rid: string, speaker: Party, listeners: readonly Party[]): Promise<void> {
  const id = speaker.send(rid, { action: "session-text", namespace: "muc", description: {} });
  for (const listener of listeners) await listener.hears((message) => message.id === id);
  await speaker.hears(({ jsongle }) => jsongle.event === "ack" && midOf(jsongle.description) === id);
}

const midOf = (description: unknown) => (description as { mid?: string }).mid;

/** A join is refused with 503001, and the client is told when to try again. */
export async function isNotSeated(party: Party): Promise<void> {
  const before = party.heard.length;
  const seated = await party.joinMuc("some MUC").then(
    () => true,
    () => false,
  );
  const answer = party.heard.slice(before).find(({ jsongle }) => /^iq-/.test(String(jsongle.action)));
  expect({ seated, code: answer && errorCode(answer) }).toEqual({ seated: false, code: 503001 });
  expect(answer?.jsongle.description).toMatchObject({ retryAfterMs: expect.any(Number) });
}

/** A new client's hello is not accepted, and it is told to try again. */
export async function isNotAdmitted({ url }: Pod): Promise<void> {
  const options = { transports: ["websocket"], forceNew: true, reconnection: false };
  const connection = new JsongleConnection(io(url, { ...options, auth: { appToken: APP_TOKEN } }));
  const heard: Received[] = [];
  connection.listen((message) => heard.push(message));
  await expect(connection.hello({ uid: `user-${randomUUID()}` })).rejects.toThrow("does not accept");
  await eventually(() => expect(heard.filter(action("session-error")).map(errorCode)).toEqual([503001]));
  connection.close();
}
