// One room, one member who speaks JSONgle and one who speaks MSE, on two pods.
import { randomUUID } from "node:crypto";
import { RequestFactory } from "@jongleur/protocol";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { enterMse, JWT_SECRET, type MseClient, startMse } from "../../helpers/mse-client.ts";
import { action, event, type Party, settle } from "../../helpers/party.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";
import { enterJsongle } from "../../helpers/tokens.ts";
import { event as frame, openWebSocket, SERVER_ID } from "../hostile/wire.ts";

let pods: readonly [Pod, Pod];
beforeAll(async () => {
  const settings = {
    redisUrl: inject("redis").url,
    jwtSecret: JWT_SECRET,
    jwtRequired: "false",
    maxMembersPerMseRoom: "3",
    maxMembersPerMultiRoom: "3",
  };
  pods = await Promise.all([startPod({ ...settings, podName: "north" }), startPod({ ...settings, podName: "south" })]);
});
afterAll(async () => {
  await Promise.all(pods.map((pod) => pod.stop()));
});

/** Jo speaks JSONgle in the north, Mia MSE in the south. */
async function meet(): Promise<{ rid: string; roomId: string; jo: Party; mia: MseClient }> {
  const roomId = randomUUID();
  const rid = `a%3Ab:${roomId}`;
  const jo = await enterJsongle(pods[0].url, "jo");
  await jo.joinMuc(rid);
  const mia = await startMse(pods[1].url, "mia", roomId, { domain: "a:b" });
  await jo.hears(event("joined"));
  return { rid, roomId, jo, mia };
}

const ask = async ({ rest }: Pod, path: string) => (await (await fetch(rest + path)).json()) as Record<string, unknown>;

test("each reads what the other says, and who said it", async () => {
  const { rid, jo, mia } = await meet();
  mia.send(RequestFactory.chat({ message: "hi, jo", attachment: { file: 1 } }));
  const text = await jo.hears(action("session-text"));
  const date = expect.stringMatching(/^\d{4}-.*Z$/);
  expect(text).toEqual({
    id: expect.any(String),
    from: `${rid}/mia`,
    to: jo.id,
    jsongle: {
      action: "session-text",
      namespace: "muc",
      description: { content: "hi, jo", attachment: { file: 1 }, sent: date, relayed: date },
    },
  });
  // In whichever name space a client puts its text, its sender is known.
  for (const namespace of ["muc", "message"]) {
    jo.send(rid, { action: "session-text", namespace, description: { content: `hi in ${namespace}` } });
  }
  const chat = (message: string) => ({
    id: null,
    method: "chat",
    jsonrpc: "2.0",
    params: { to: [], message, from: "jo" },
  });
  expect(await mia.hears(2)).toEqual([chat("hi in muc"), chat("hi in message")]);
  mia.close();
  jo.close();
});

test("a chat that names users reaches them alone, in either protocol", async () => {
  const { rid, roomId, jo, mia } = await meet();
  const max = await startMse(pods[0].url, "max", roomId, { domain: "a:b" });
  mia.send(RequestFactory.chat({ to: ["jo"], message: "for jo" }));
  mia.send(RequestFactory.chat({ to: ["max", "max", "nobody"], message: "for max" }));
  mia.send(RequestFactory.chat({ message: "for all" }));
  await jo.hears(({ jsongle }) => (jsongle.description as { content?: string }).content === "for all");
  const heardBy = ({ heard }: Party) =>
    heard.filter(action("session-text")).map(({ jsongle }) => (jsongle.description as { content: string }).content);
  expect(heardBy(jo)).toEqual(["for jo", "for all"]);
  expect(await max.hears(2)).toMatchObject([{ params: { message: "for max" } }, { params: { message: "for all" } }]);
  jo.send(rid, { action: "session-text", description: {} });
  for (const client of [mia, max]) client.close();
  jo.close();
});

test("calls and events of the one protocol are not heard in the other", async () => {
  const { rid, jo, mia } = await meet();
  mia.send(RequestFactory.sdpOffer("o"));
  mia.send(RequestFactory.iceCandidate("c"));
  mia.send(RequestFactory.chat({ message: "last" }));
  await jo.hears(action("session-text"));
  expect(jo.heard.map(({ jsongle }) => jsongle.action).filter((name) => name !== "iq-result")).toEqual([
    "session-event",
    "session-text",
  ]);
  for (const name of ["session-propose", "session-custom", "session-event"]) {
    jo.send(rid, { action: name, namespace: "muc", description: { content: "no text" } });
  }
  jo.send(rid, { action: "session-text", namespace: "muc", description: { content: "last" } });
  expect(await mia.hears(1)).toMatchObject([{ params: { message: "last" } }]);
  mia.close();
  await jo.hears(event("left"));
  expect(jo.heard.find(event("left"))?.jsongle.description).toEqual({ member: { uid: "mia" }, rid });
  jo.close();
});

test("presence shows both, with their protocols, on any pod", async () => {
  const { rid, jo, mia } = await meet();
  for (const pod of pods) {
    expect(await ask(pod, "/users/mia")).toMatchObject({
      sessions: [{ protocol: "mse", pod: expect.stringMatching(/^south-/) }],
    });
    expect(await ask(pod, "/users/jo")).toMatchObject({ sessions: [{ protocol: "jsongle" }] });
    expect(await ask(pod, `/rooms/${encodeURIComponent(rid)}`)).toMatchObject({
      kind: "muc",
      members: [{ member: { uid: "jo" } }, { member: { uid: "mia" } }],
    });
  }
  const stats = await Promise.all(pods.map((pod) => ask(pod, "/stats")));
  expect(stats.map(({ users_count }) => users_count)).toEqual([1, 1]);
  mia.close();
  jo.close();
});

test("the limit counts both", async () => {
  const { rid, roomId, jo, mia } = await meet();
  const max = await startMse(pods[0].url, "max", roomId, { domain: "a:b" });
  const late = await enterMse(pods[0].url, "late", roomId, { domain: "a:b" });
  expect(await late.ask(RequestFactory.start())).toMatchObject({ error: { code: -32_000 } });
  const other = await enterJsongle(pods[1].url, "other");
  await expect(other.joinMuc(rid)).rejects.toMatchObject({ code: 403_001 });
  max.send(RequestFactory.disconnect());
  await jo.hears(event("left"));
  expect(await late.ask(RequestFactory.start())).toMatchObject({ result: "started" });
  await settle(jo);
  for (const client of [mia, late]) client.close();
  for (const party of [jo, other]) party.close();
});

test("a room of JSONgle that is no MUC has no seat for MSE", async () => {
  const roomId = randomUUID();
  const jo = await enterJsongle(pods[0].url, "jo");
  await jo.join(`:${roomId}`);
  const mia = await enterMse(pods[1].url, "mia", roomId);
  expect(await mia.ask(RequestFactory.start())).toMatchObject({ error: { code: -32_000, message: "Room Full" } });
  mia.close();
  jo.close();
});

test.each([null, 7, {}, { method: "chat" }, { method: "sdpOffer", params: { offer: "o" } }])(
  "a message of JSONgle with %j as `mse` beside it is one of JSONgle still, and hurts nobody",
  async (mse) => {
    const { rid, jo, mia } = await meet();
    const eve = await (await (await openWebSocket(pods[0].url)).enter()).register("eve");
    eve.send(frame({ to: SERVER_ID, jsongle: { action: "iq-set", query: "muc-join", description: { rid } } }));
    const jsongle = { action: "session-text", namespace: "muc", description: { content: "hi" } };
    eve.send(frame({ id: "m", to: rid, mse, jsongle }));
    expect(await jo.hears(action("session-text"))).toMatchObject({ from: `${rid}/eve`, jsongle });
    expect(await mia.hears(1)).toMatchObject([{ method: "chat", params: { message: "hi", from: "eve" } }]);
    for (const client of [jo, eve, mia]) client.close();
  },
);
