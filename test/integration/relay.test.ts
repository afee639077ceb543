// Relaying between the members of a room (PROTOCOL.md, "Order of checks" and "Relay").
import { randomUUID } from "node:crypto";
import { RELAYED_ACTIONS } from "@jongleur/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { action, connect, errorCode, event, type Party, settle } from "../helpers/party.ts";
import { type Pod, startPod } from "../helpers/pod.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod();
});
afterAll(() => pod.stop());

async function room(): Promise<{ rid: string; alice: Party; bob: Party }> {
  const [alice, bob] = [await connect(pod.url), await connect(pod.url)];
  const rid = randomUUID();
  await alice.join(rid);
  await bob.join(rid);
  return { rid, alice, bob };
}

const isDate = (value: unknown) => typeof value === "string" && new Date(value).toISOString() === value;

test.each(RELAYED_ACTIONS)("%s reaches the other member, from the room, and nobody else", async (name) => {
  const { rid, alice, bob } = await room();
  const stranger = await connect(pod.url);
  const jsongle = {
    sid: "s",
    action: name,
    reason: "r",
    event: "typing",
    initiator: "a",
    responder: "b",
    description: { x: 1 },
  };
  const id = alice.send(rid, jsongle, { namespace: "call", extra: [1] });
  const received = await bob.hears((message) => message.id === id);
  const stamps = name === "session-propose" ? {} : { sent: expect.any(String), relayed: expect.any(String) };
  expect(received).toEqual({
    id,
    from: rid,
    to: bob.id,
    namespace: "call",
    extra: [1],
    jsongle: { ...jsongle, description: { x: 1, ...stamps } },
  });
  expect(Object.keys(received).slice(0, 3)).toEqual(["id", "from", "to"]);
  await settle(stranger, alice);
  expect(stranger.heard.filter(({ id: heard }) => heard === id)).toEqual([]);
  expect(alice.heard.filter(({ id: heard }) => heard === id)).toEqual([]);
});

test("in the namespace of MUCs, members see who of the room spoke", async () => {
  const all = await Promise.all([connect(pod.url), connect(pod.url), connect(pod.url)]);
  const [alice, ...others] = all as [Party, Party, Party];
  const rid = randomUUID();
  for (const party of all) await party.joinMuc(rid);
  alice.send(rid, { action: "session-text", namespace: "muc", description: { content: "hi", sent: "earlier" } });
  for (const other of others) {
    const text = await other.hears(action("session-text"));
    expect(text).toMatchObject({
      from: `${rid}/${alice.uid}`,
      to: other.id,
      jsongle: { description: { sent: "earlier" } },
    });
    expect((text.jsongle.description as { relayed: unknown }).relayed).toSatisfy(isDate);
  }
});

test("a proposal is answered with trying, before the callee can be heard", async () => {
  const { rid, alice, bob } = await room();
  const stop = bob.listen(({ jsongle }) => {
    if (jsongle.action !== "session-propose") return;
    bob.send(rid, { sid: jsongle.sid ?? null, action: "session-info", reason: "ringing", description: {} });
  });
  for (let n = 0; n < 100; n++) {
    alice.send(rid, {
      sid: `${n}`,
      action: "session-propose",
      reason: "",
      initiator: "a",
      responder: "b",
      description: {},
    });
  }
  await alice.hears(({ jsongle }) => jsongle.reason === "ringing" && jsongle.sid === "99");
  stop();
  const progress = alice.heard.filter(action("session-info"));
  for (let n = 0; n < 100; n++) {
    const reasons = progress.filter(({ jsongle }) => jsongle.sid === `${n}`).map(({ jsongle }) => jsongle.reason);
    expect(reasons).toEqual(["trying", "ringing"]);
  }
  expect(progress[0]).toMatchObject({
    from: alice.serverId,
    to: alice.id,
    jsongle: { initiator: "a", responder: "b" },
  });
  expect(Object.keys(progress[0]!.jsongle)).toEqual([
    "sid",
    "action",
    "reason",
    "initiator",
    "responder",
    "description",
  ]);
  expect((progress[0]!.jsongle.description as { tried: unknown }).tried).toSatisfy(isDate);
});

test.each(["session-text", "session-custom"])("%s is acknowledged to its sender", async (name) => {
  const { rid, alice } = await room();
  const mid = alice.send(rid, { action: name, namespace: "message", description: {} });
  const ack = await alice.hears(event("ack"));
  expect(ack).toMatchObject({ from: alice.serverId, to: alice.id, jsongle: { namespace: "message" } });
  expect(ack.jsongle.description).toEqual({ acknowledged: expect.any(String), mid, type: "server-received" });
});

test("metrics are neither relayed nor answered, and counted", async () => {
  const { rid, alice, bob } = await room();
  const readStats = async () => (await (await fetch(`${pod.rest}/stats`)).json()) as Record<string, number>;
  const before = await readStats();
  alice.send(rid, { action: "session-metrics", description: { error: "ice-failed", duration: 30 } });
  alice.send(alice.serverId, { action: "session-metrics", description: { duration: 12.5 } });
  alice.send(alice.serverId, { action: "session-metrics" });
  const alone = randomUUID();
  await alice.join(alone);
  alice.send(alone, { action: "session-metrics", description: { duration: 0.5 } });
  await settle(alice, bob);
  expect(bob.heard.filter(action("session-metrics"))).toEqual([]);
  expect(alice.heard.filter(action("session-error"))).toEqual([]);
  const after = await readStats();
  expect(after.p2p_failed_total! - before.p2p_failed_total!).toBe(1);
  expect(after.p2p_duration_total! - before.p2p_duration_total!).toBe(43);
});

test("what a client says and then leaves at once still arrives, before its left", async () => {
  for (let round = 0; round < 20; round++) {
    const { rid, alice, bob } = await room();
    for (let n = 0; n < 5; n++) alice.send(rid, { action: "session-custom", description: { n } });
    alice.send(rid, { action: "session-terminate", reason: "", description: {} });
    alice.close();
    await bob.hears(event("left"));
    const heard = bob.heard.map(({ jsongle }) => jsongle.event ?? jsongle.action);
    expect(heard.slice(1)).toEqual([...Array(5).fill("session-custom"), "session-terminate", "left"]);
    bob.close();
  }
});

test("a client that joins, says something and leaves in one go is heard", async () => {
  const [rid, bob] = [randomUUID(), await connect(pod.url)];
  await bob.joinMuc(rid);
  for (let round = 0; round < 20; round++) {
    const alice = await connect(pod.url);
    void alice.joinMuc(rid).catch(() => {});
    alice.send(rid, { action: "session-text", namespace: "muc", description: { round } });
    alice.close();
    await bob.hears(({ jsongle }) => (jsongle.description as { round?: number }).round === round);
  }
  bob.close();
});

test("every member of a MUC hears each sender in order, exactly once", async () => {
  const all = await Promise.all(Array.from({ length: 6 }, () => connect(pod.url)));
  const rid = randomUUID();
  for (const party of all) await party.joinMuc(rid);
  for (let n = 0; n < 100; n++) {
    for (const party of all) {
      const name = RELAYED_ACTIONS[n % RELAYED_ACTIONS.length]!;
      party.send(rid, { action: name, namespace: "muc", description: { n } });
    }
  }
  await settle(...all);
  await settle(...all);
  for (const party of all) {
    for (const sender of all.filter((other) => other !== party)) {
      const numbers = party.heard
        .filter(({ from }) => from === `${rid}/${sender.uid}`)
        .map(({ jsongle }) => (jsongle.description as { n: number }).n);
      expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n));
    }
  }
});

test("alone in a room, a call finds nobody, and anything else is refused, but for a MUC's messages", async () => {
  const alice = await connect(pod.url);
  const rid = randomUUID();
  await alice.join(rid);
  alice.send(rid, { sid: "s", action: "session-propose", initiator: "a", responder: "b", description: {} });
  const unreachable = await alice.hears(action("session-info"));
  expect(unreachable.jsongle).toMatchObject({ sid: "s", reason: "unreachable", initiator: "a", responder: "b" });
  expect((unreachable.jsongle.description as { ended: unknown }).ended).toSatisfy(isDate);
  alice.send(rid, { action: "session-text", description: {} });
  expect(errorCode(await alice.hears(action("session-error")))).toBe(404003);
  const mid = alice.send(rid, { action: "session-text", namespace: "muc", description: {} });
  const ack = await alice.hears(event("ack"));
  expect(ack.jsongle.description).toMatchObject({ mid });
});

test("checks come in the order of the protocol", async () => {
  const { rid, alice, bob } = await room();
  const alone = randomUUID();
  await alice.join(alone);
  const refusal = async (to: string, jsongle: Parameters<Party["send"]>[1]) => {
    const before = alice.heard.length;
    alice.send(to, jsongle);
    await settle(alice);
    return errorCode(alice.heard[before]!);
  };
  expect(await refusal("elsewhere", { action: "no-such" })).toBe(404002);
  expect(await refusal(bob.id, { action: "session-text", description: {} })).toBe(404002);
  expect(await refusal(alone, { action: "no-such" })).toBe(404003);
  expect(await refusal(rid, { action: "no-such" })).toBe(405001);
  expect(await refusal(rid, { action: "session-text" })).toBe(400001);
  expect(await refusal(alice.serverId, { action: "session-text", description: {} })).toBe(404002);
  await settle(bob);
  expect(bob.heard.filter(action("session-text"))).toEqual([]);
});
