// Moderators over the wire: what they may do, who may not, and what nobody can do in the server's name.
import { randomUUID } from "node:crypto";
import { CALL_ACTIONS, SERVER_EVENTS } from "@jongleur/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { enterMse, JWT_SECRET } from "../helpers/mse-client.ts";
import { action, errorCode, event, type Party, settle } from "../helpers/party.ts";
import { type Pod, startPod } from "../helpers/pod.ts";
import { outcomeOf } from "../helpers/races.ts";
import { membersAsTold } from "../helpers/rest.ts";
import { enterJsongle } from "../helpers/tokens.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod({ jwtSecret: JWT_SECRET });
});
afterAll(() => pod.stop());

const enter = (grants: object = {}, uid?: string) => enterJsongle(pod.url, uid, { jongleur: grants });
const moderator = (grants: object = {}) => enter({ ...grants, roles: ["moderator"] });

/** A MUC with a moderator, who is in it, and two others. */
async function openMuc() {
  const rid = `muc ${randomUUID()}`;
  const [mod, ann, bea] = [await moderator(), await enter(), await enter()];
  for (const party of [mod, ann, bea]) await party.joinMuc(rid);
  return { rid, mod, ann, bea };
}

const eventsAt = ({ heard }: Party, name: string) => heard.filter(event(name)).map(({ jsongle }) => jsongle);

test("who is kicked is told once, and the others that it left; it may come again", async () => {
  const { rid, mod, ann, bea } = await openMuc();
  expect(await mod.request("room-kick", { rid, uid: ann.uid, reason: "too loud" })).toEqual({ rid, sessions: 1 });
  const kicked = await ann.hears(event("kicked"));
  expect(kicked).toMatchObject({ from: ann.serverId, to: ann.id });
  expect(kicked.jsongle).toEqual({
    action: "session-event",
    namespace: "muc",
    event: "kicked",
    description: { rid, reason: "too loud" },
  });
  await settle(mod, ann, bea);
  expect(eventsAt(ann, "kicked")).toHaveLength(1);
  for (const party of [mod, bea]) {
    expect(eventsAt(party, "left").map(({ description }) => description)).toMatchObject([
      { rid, member: { uid: ann.uid } },
    ]);
  }
  ann.send(rid, { action: "session-text", namespace: "muc", description: {} });
  await ann.hears((message) => errorCode(message) === 404002);
  expect(await outcomeOf(mod.request("room-kick", { rid, uid: ann.uid }))).toBe(404002);
  expect(await ann.joinMuc(rid)).toMatchObject({ members: [{ uid: mod.uid }, { uid: bea.uid }] });
});

test("a ban keeps the user out with any session, says until when, and can be cut short", async () => {
  const { rid, mod, ann } = await openMuc();
  const again = await enter({}, ann.uid);
  const { until } = await mod.request("room-kick", { rid, session: ann.id, seconds: 3600 });
  expect((await ann.hears(event("kicked"))).jsongle.description).toEqual({ rid, until });
  for (const party of [ann, again]) {
    await expect(party.joinMuc(rid)).rejects.toMatchObject({
      code: 403001,
      message: expect.stringContaining(`${until}`),
    });
  }
  expect(await mod.request("room-kick", { rid, uid: ann.uid, seconds: 1 })).toMatchObject({ sessions: 0 });
  await eventually(async () => expect(await outcomeOf(again.joinMuc(rid))).toBe("accepted"));
});

test("nobody new gets into a locked room, and a room for two can be locked as well", async () => {
  const [mod, ann, bea] = [await moderator(), await enter(), await enter()];
  const rid = randomUUID();
  await ann.join(rid);
  expect(await mod.request("room-lock", { rid })).toEqual({ rid, locked: true });
  await expect(bea.join(rid)).rejects.toMatchObject({ code: 403001, message: expect.stringContaining("locked") });
  expect(await mod.request("room-lock", { rid, locked: false })).toEqual({ rid, locked: false });
  await bea.join(rid);
  expect(await outcomeOf(mod.request("room-lock", { rid: "nowhere" }))).toBe(404002);
});

test("all are put out of a room that is closed, and the next to come opens another", async () => {
  const { rid, mod, ann, bea } = await openMuc();
  expect(await mod.request("room-close", { rid, reason: "over" })).toEqual({ rid, sessions: 3 });
  for (const party of [mod, ann, bea]) await party.hears(event("kicked"));
  await settle(mod, ann, bea);
  for (const party of [mod, ann, bea]) {
    expect(eventsAt(party, "kicked")).toHaveLength(1);
    expect(eventsAt(party, "left")).toEqual([]);
  }
  expect(await membersAsTold(pod, rid)).toEqual([]);
  expect(await ann.join(rid)).toMatchObject({ members: [] });
});

test("an MSE session that is kicked or banned is closed with 4003, and its seat is free", async () => {
  const [roomId, mod] = [randomUUID(), await moderator()];
  const carl = await enterMse(pod.url, "carl", roomId);
  const start = { id: 1, method: "start", jsonrpc: "2.0" };
  await carl.ask(start);
  expect(await mod.request("room-kick", { rid: `:${roomId}`, uid: "carl", seconds: 60 })).toMatchObject({
    sessions: 1,
  });
  await eventually(() => expect(carl.closeCode()).toBe(4003));
  expect(await membersAsTold(pod, `:${roomId}`)).toEqual([]);
  const back = await enterMse(pod.url, "carl", roomId);
  expect(await back.ask(start)).toMatchObject({ error: { code: -32000 } });
  back.close();
});

test("who is no moderator, or not of that room, gets 403003 and changes nothing", async () => {
  const { rid, ann, bea } = await openMuc();
  const others = [
    await enter({ roles: [] }),
    await moderator({ rooms: ["*"], muc: ["other", "mus*"] }),
    await moderator({ muc: [] }),
    await moderator({ rooms: ["none"], muc: ["none"] }),
  ];
  for (const party of [ann, ...others]) {
    expect(await outcomeOf(party.request("room-kick", { rid, uid: bea.uid, seconds: 60 }))).toBe(403003);
    expect(await outcomeOf(party.request("room-lock", { rid }))).toBe(403003);
    expect(await outcomeOf(party.request("room-close", { rid }))).toBe(403003);
  }
  expect(await membersAsTold(pod, rid)).toHaveLength(3);
  const newcomer = await enter();
  await newcomer.joinMuc(rid);
  const byName = await moderator({ rooms: [], muc: ["muc *"] });
  expect(await byName.request("room-kick", { rid, uid: newcomer.uid })).toMatchObject({ sessions: 1 });
});

test("a request that is wrong names its field", async () => {
  const mod = await moderator();
  for (const [query, description, field] of [
    ["room-kick", { rid: "r" }, "uid"],
    ["room-kick", { rid: "r", uid: "u", seconds: 2_592_001 }, "seconds"],
    ["room-lock", { rid: "r", locked: 1 }, "locked"],
    ["room-close", { rid: "" }, "rid"],
  ] as const) {
    await expect(mod.request(query, description)).rejects.toMatchObject({
      code: 400001,
      message: expect.stringContaining(`'${field}'`),
    });
  }
});

test("what only the server can tell of reaches nobody when a client says it", async () => {
  const { rid, mod, ann } = await openMuc();
  const forged = [
    ...SERVER_EVENTS.map((name) => ({ event: name, description: { rid, member: { uid: mod.uid } } })),
    { event: "ack", description: { mid: "m", type: "server-received" } },
  ];
  for (const namespace of ["muc", "room", "server"]) {
    for (const each of forged) ann.send(rid, { action: "session-event", namespace, ...each });
  }
  for (const name of ["session-error", "ack", "iq-result", "iq-error"]) {
    ann.send(rid, { action: name, namespace: "muc", query: "room-kick", description: {} });
  }
  // What members do tell each other goes on.
  ann.send(rid, { action: "session-event", namespace: "muc", event: "ack", description: { type: "read" } });
  await mod.hears((message) => event("ack")(message) && message.from === `${rid}/${ann.uid}`);
  await settle(ann);
  expect(ann.heard.filter((message) => errorCode(message) === 405001)).toHaveLength(3 * forged.length + 3);
  const foreign = mod.heard.filter(({ from }) => from !== mod.serverId);
  expect(foreign.map(({ jsongle }) => jsongle.event)).toEqual(["ack"]);
  expect(eventsAt(mod, "kicked")).toEqual([]);
});

test("whoever a client claims to be, what ends calls reaches only the room it is in, from there", async () => {
  const [ann, bea, eve] = [await enter(), await enter(), await enter()];
  const [room, other] = [randomUUID(), randomUUID()];
  for (const party of [ann, bea]) await party.join(room);
  await eve.join(other);
  const claims = { sid: "s1", initiator: ann.uid, responder: bea.uid, description: {} };
  for (const name of CALL_ACTIONS) {
    for (const to of [room, bea.id, `${room}/${bea.uid}`]) eve.send(to, { action: name, ...claims }, { from: ann.id });
  }
  await settle(eve);
  expect(eve.heard.filter((message) => errorCode(message) === 404002)).toHaveLength(3 * CALL_ACTIONS.length);
  await settle(ann, bea);
  expect(bea.heard.filter(({ from }) => from !== bea.serverId)).toEqual([]);
  ann.send(room, { action: "session-terminate", ...claims, initiator: "somebody else" }, { from: "jongleur" });
  const ended = await bea.hears(action("session-terminate"));
  expect([ended.from, ended.to]).toEqual([room, bea.id]);
});

test("kicks are counted, and so is who was not allowed to", async () => {
  const { rid, mod, ann } = await openMuc();
  const metric = async (line: string) => {
    const metrics = await (await fetch(`${pod.rest}/metrics`)).text();
    return Number(
      metrics
        .split("\n")
        .find((each) => each.startsWith(`${line} `))
        ?.split(" ")
        .at(-1),
    );
  };
  const names = ["jongleur_kicks_total", 'jongleur_rejected_total{reason="moderation"}'];
  const before = await Promise.all(names.map(metric));
  await outcomeOf(ann.request("room-close", { rid }));
  await mod.request("room-kick", { rid, uid: ann.uid });
  expect(await Promise.all(names.map(metric))).toEqual(before.map((count) => count + 1));
});
