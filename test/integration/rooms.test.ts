// Rooms and MUCs (PROTOCOL.md, "Rooms and MUCs").
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, errorCode, event, type Party, settle } from "../helpers/party.ts";
import { type Pod, startPod } from "../helpers/pod.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod();
});
afterAll(() => pod.stop());

const parties = (count: number): Promise<Party[]> => Promise.all(Array.from({ length: count }, () => connect(pod.url)));
const code = (request: Promise<unknown>) =>
  request.then(() => "accepted").catch((error: { code: number }) => error.code);

test.each(["room", "muc"] as const)(
  "in a %s, members learn of each other, of who leaves, and of who vanishes",
  async (kind) => {
    const [alice, bob] = (await parties(2)) as [Party, Party];
    const rid = `${kind} ${randomUUID()}`;
    const query = kind === "room" ? "session-join" : "muc-join";
    expect(await alice.request(query, { rid })).toEqual({ members: [], rid });
    expect(await bob.request(query, { rid })).toEqual({
      members: [{ uid: alice.uid, dn: `Name of ${alice.uid}` }],
      rid,
    });
    const joined = await alice.hears(event("joined"));
    expect(joined).toEqual({
      id: expect.any(String),
      from: alice.serverId,
      to: alice.id,
      jsongle: {
        action: "session-event",
        namespace: kind,
        event: "joined",
        description: { member: { uid: bob.uid, dn: `Name of ${bob.uid}` }, rid },
      },
    });
    expect(await bob.request("session-leave", { rid })).toEqual({ rid });
    const left = await alice.hears(event("left"));
    expect(left.jsongle).toEqual({ ...joined.jsongle, event: "left" });
    await bob.request(query, { rid });
    alice.close();
    const vanished = await bob.hears(event("left"));
    expect(vanished.jsongle.description).toMatchObject({ member: { uid: alice.uid }, rid });
  },
);

test("the answer to a join or leave comes from whom it was sent to, with query and transaction", async () => {
  const [alice] = (await parties(1)) as [Party];
  const rid = randomUUID();
  const description = { rid };
  alice.send(alice.serverId, { action: "iq-set", query: "session-join", transaction: "t1", description });
  const answer = await alice.hears(({ jsongle }) => jsongle.action === "iq-result");
  expect(answer).toEqual({
    id: expect.any(String),
    from: alice.serverId,
    to: alice.id,
    jsongle: { action: "iq-result", query: "session-join", transaction: "t1", description: { members: [], rid } },
  });
});

test("the third in a room for two, and the eleventh in a MUC, are refused", async () => {
  const all = await parties(11);
  const [room, muc] = [randomUUID(), randomUUID()];
  for (const party of all.slice(0, 2)) await party.join(room);
  expect(await code(all[2]!.join(room))).toBe(403001);
  for (const party of all.slice(0, 10)) await party.joinMuc(muc);
  expect(await code(all[10]!.joinMuc(muc))).toBe(403001);
  await all[0]!.request("session-leave", { rid: muc });
  expect(await code(all[10]!.joinMuc(muc))).toBe("accepted");
});

test("of many who join a room for two at once, two are seated, and they know of each other", async () => {
  const all = await parties(20);
  for (let round = 0; round < 10; round++) {
    const rid = randomUUID();
    const outcomes = await Promise.all(all.map((party) => code(party.join(rid))));
    const seated = all.filter((_, i) => outcomes[i] === "accepted");
    expect(seated).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome === 403001)).toHaveLength(18);
    await settle(...seated);
    const joined = seated
      .flatMap(({ heard }) => heard.filter(event("joined")))
      .filter(({ jsongle }) => (jsongle.description as { rid: string }).rid === rid);
    expect(joined).toHaveLength(1);
    await Promise.all(seated.map((party) => party.request("session-leave", { rid })));
  }
});

test.each([" ", "\u0000", "*", "{}", "#", "/", "a/b", "__proto__", "ünï ☂", "null", "x".repeat(10_000)])(
  "the rid %j is taken literally",
  async (rid) => {
    const [alice, bob] = (await parties(2)) as [Party, Party];
    await alice.join(rid);
    expect(await bob.join(rid)).toMatchObject({ members: [{ uid: alice.uid }], rid });
    bob.send(rid, { action: "session-text", description: { content: "hi" } });
    const text = await alice.hears(({ jsongle }) => jsongle.action === "session-text");
    expect(text.from).toBe(rid);
    alice.close();
    await bob.hears(event("left"));
    bob.close();
  },
);

test("the server's id is reserved", async () => {
  const [alice] = (await parties(1)) as [Party];
  expect(await code(alice.join(alice.serverId))).toBe(400001);
  expect(await code(alice.joinMuc(alice.serverId))).toBe(400001);
});

test("leaving a room one is not in gets 404002, without a rid 400001, and an unknown query 404001", async () => {
  const [alice] = (await parties(1)) as [Party];
  expect(await code(alice.request("session-leave", { rid: "elsewhere" }))).toBe(404002);
  expect(await code(alice.request("session-leave", {}))).toBe(400001);
  alice.send(alice.serverId, { action: "iq-set", query: "no-such", transaction: { odd: [1] } });
  const refused = await alice.hears(({ jsongle }) => jsongle.query === "no-such");
  expect(refused.jsongle).toMatchObject({ action: "iq-error", query: "no-such", transaction: { odd: [1] } });
  expect(errorCode(refused)).toBe(404001);
});

test("a room is free for the other kind once everybody has left", async () => {
  const [alice, bob] = (await parties(2)) as [Party, Party];
  const rid = randomUUID();
  await alice.join(rid);
  expect(await code(bob.joinMuc(rid))).toBe(403001);
  await alice.request("session-leave", { rid });
  expect(await code(bob.joinMuc(rid))).toBe("accepted");
});

test("requests of one client are answered in the order in which they were sent, without waiting between them", async () => {
  const [alice] = (await parties(1)) as [Party];
  const rids = Array.from({ length: 200 }, () => randomUUID());
  for (const rid of rids) {
    alice.send(alice.serverId, { action: "iq-set", query: "session-join", transaction: rid, description: { rid } });
    alice.send(alice.serverId, {
      action: "iq-set",
      query: "session-leave",
      transaction: `-${rid}`,
      description: { rid },
    });
  }
  await alice.hears(({ jsongle }) => jsongle.transaction === `-${rids.at(-1)}`);
  expect(alice.heard.map(({ jsongle }) => jsongle.transaction)).toEqual(rids.flatMap((rid) => [rid, `-${rid}`]));
  expect(alice.heard.every(({ jsongle }) => jsongle.action === "iq-result")).toBe(true);
});
