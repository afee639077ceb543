// What admins do to sessions and rooms, by a pod that serves none of those whom it concerns.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { ask, bearer, JSON_HEADERS } from "../../helpers/http.ts";
import { JWT_SECRET, startMse } from "../../helpers/mse-client.ts";
import { connect, event, type Party, settle } from "../../helpers/party.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";

const PATIENCE_MS = 30_000;
const ADMIN_TOKEN = "fedcba9876543210".repeat(2);

let north: Pod;
/** Whom nobody is connected to. */
let south: Pod;
beforeAll(async () => {
  const settings = {
    redisUrl: inject("redis").url,
    adminToken: ADMIN_TOKEN,
    jwtSecret: JWT_SECRET,
    jwtRequired: "false",
  };
  [north, south] = await Promise.all([startPod(settings), startPod(settings)]);
}, PATIENCE_MS);
afterAll(() => Promise.all([north.stop(), south.stop()]));

function order(method: string, path: string, body?: unknown) {
  const headers = { ...bearer(ADMIN_TOKEN), ...(body === undefined ? {} : JSON_HEADERS) };
  return ask(south.rest, path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
}

const roomPath = (rid: string) => `/rooms/${encodeURIComponent(rid)}`;
const userPath = (uid: string) => `/users/${encodeURIComponent(uid)}`;
const nobodyThere = { status: 404, body: { errorCode: 404_001 } };

/** In a MUC with a name that has to be percent-encoded, all on the other pod. */
async function openMuc(...uids: readonly string[]): Promise<{ rid: string; members: readonly Party[] }> {
  const rid = `team/${randomUUID()} #1`;
  const members = await Promise.all(uids.map((uid) => connect(north.url, uid)));
  for (const member of members) await member.joinMuc(rid);
  return { rid, members };
}

function close(members: readonly Party[]): void {
  for (const member of members) member.close();
}

const names = (...kinds: readonly string[]) => kinds.map((kind) => `${kind} ${randomUUID()}`) as [string, string];

test("a user is kicked out of a room with all sessions, told why, and the others are told", async () => {
  const [alice, bob] = names("alice", "bob");
  const { rid, members } = await openMuc(alice, bob, bob);
  const [witness, ...kicked] = members as [Party, Party, Party];
  const answer = await order("POST", `${roomPath(rid)}/kick`, { uid: bob, reason: "be kind" });
  expect([answer.status, answer.body]).toEqual([200, { rid, sessions: 2 }]);
  for (const party of kicked) {
    const { jsongle } = await party.hears(event("kicked"));
    expect(jsongle).toMatchObject({ namespace: "muc", description: { rid, reason: "be kind" } });
  }
  await eventually(() => expect(witness.heard.filter(event("left"))).toHaveLength(2));
  // Not banned.
  await kicked[0].joinMuc(rid);
  close(members);
});

test("one session is kicked, and the user banned, with all sessions and for a time", async () => {
  const [alice, bob] = names("alice", "bob");
  const { rid, members } = await openMuc(alice, bob, bob);
  const [, one, other] = members as [Party, Party, Party];
  const answer = await order("POST", `${roomPath(rid)}/kick`, { session: one.id, seconds: 3600 });
  expect([answer.status, answer.body]).toEqual([200, { rid, sessions: 2, until: expect.any(String) }]);
  const { until } = answer.body as { until: string };
  expect(new Date(until).toISOString()).toBe(until);
  for (const party of [one, other]) {
    await party.hears(event("kicked"));
    await expect(party.joinMuc(rid)).rejects.toThrow();
  }
  close(members);
});

test("who is not there may be banned by name", async () => {
  const [alice, bob] = names("alice", "bob");
  const { rid, members } = await openMuc(alice);
  const answer = await order("POST", `${roomPath(rid)}/kick`, { uid: bob, seconds: 60 });
  expect([answer.status, answer.body]).toMatchObject([200, { sessions: 0, until: expect.any(String) }]);
  const late = await connect(north.url, bob);
  await expect(late.joinMuc(rid)).rejects.toThrow();
  close([...members, late]);
});

test("a member that came by MSE is kicked as others are", async () => {
  const [alice, bob] = names("alice", "bob");
  const rid = randomUUID();
  const mse = await startMse(north.url, bob, rid);
  const party = await connect(north.url, alice);
  await party.joinMuc(`:${rid}`);
  const { body } = await order("POST", `${roomPath(`:${rid}`)}/kick`, { uid: bob });
  expect(body).toMatchObject({ sessions: 1 });
  await party.hears(event("left"));
  mse.close();
  party.close();
});

test("a room is locked for who is not in it, and opened again", async () => {
  const [alice, bob] = names("alice", "bob");
  const { rid, members } = await openMuc(alice);
  const late = await connect(north.url, bob);
  expect(await order("PUT", `${roomPath(rid)}/lock`, { locked: true })).toMatchObject({ body: { rid, locked: true } });
  await expect(late.joinMuc(rid)).rejects.toThrow();
  expect(await order("PUT", `${roomPath(rid)}/lock`, { locked: false })).toMatchObject({
    body: { rid, locked: false },
  });
  await late.joinMuc(rid);
  close([...members, late]);
});

test("a room is closed: everybody is out, and its name is free for either kind", async () => {
  const { rid, members } = await openMuc(...names("alice", "bob"));
  expect(await order("DELETE", roomPath(rid))).toMatchObject({ status: 200, body: { rid, sessions: 2 } });
  for (const party of members) await party.hears(event("kicked"));
  expect(await order("GET", roomPath(rid))).toMatchObject(nobodyThere);
  await members[0]!.join(rid);
  close(members);
});

test("one session of a user is disconnected, or all that are left", async () => {
  const [alice] = names("alice");
  const parties = await Promise.all(Array.from({ length: 3 }, () => connect(north.url, alice)));
  const [one, ...others] = parties as [Party, Party, Party];
  const foreign = await order("DELETE", `${userPath("somebody")}/sessions/${one.id}`);
  expect(foreign).toMatchObject(nobodyThere);
  const single = await order("DELETE", `${userPath(alice)}/sessions/${one.id}`);
  expect([single.status, single.body]).toEqual([200, { uid: alice, sessions: 1 }]);
  await eventually(() => expect(one.connected).toBe(false));
  await settle(...others);
  await eventually(async () =>
    expect((await order("GET", userPath(alice))).body).toMatchObject({ sessions: { length: 2 } }),
  );
  expect((await order("DELETE", `${userPath(alice)}/sessions`)).body).toEqual({ uid: alice, sessions: 2 });
  await eventually(() => expect(others.map(({ connected }) => connected)).toEqual([false, false]));
  await eventually(async () => expect(await order("GET", userPath(alice))).toMatchObject(nobodyThere));
  close(parties);
});

test("what is not there is a 404", async () => {
  for (const [method, path, body] of [
    ["POST", "/rooms/nowhere/kick", { uid: "nobody" }],
    ["PUT", "/rooms/nowhere/lock", { locked: true }],
    ["DELETE", "/rooms/nowhere"],
    ["DELETE", "/users/nobody/sessions"],
    ["DELETE", "/users/nobody/sessions/none"],
  ] as const) {
    expect([path, await order(method, path, body)]).toMatchObject([path, nobodyThere]);
  }
});

test.each([
  [{}, "either uid or session"],
  [{ uid: "alice", session: "s" }, "either uid or session"],
  [{ uid: "" }, "uid: "],
  [{ uid: 5 }, "uid: "],
  [{ uid: "alice", seconds: 0 }, "seconds: "],
  [{ uid: "alice", seconds: 1.5 }, "seconds: "],
  [{ uid: "alice", seconds: 31 * 24 * 3600 }, "2592000"],
  [{ uid: "alice", reason: "x".repeat(501) }, "500"],
  [{ uid: "alice", second: 60 }, 'no property "second"'],
])("a kick with %o is refused, and it is said why", async (body, details) => {
  const answer = await order("POST", "/rooms/r/kick", body);
  expect([answer.status, answer.body]).toMatchObject([400, { errorCode: 400_001 }]);
  expect((answer.body as { errorDetails: string }).errorDetails).toContain(details);
});

test.each([{}, { locked: "true" }, { locked: 1 }, { locked: true, rid: "r" }])(
  "a lock with %o is refused",
  async (body) => {
    expect(await order("PUT", "/rooms/r/lock", body)).toMatchObject({ status: 400, body: { errorCode: 400_001 } });
  },
);

test("each order is recorded once, with whom it concerns and how it ended, but not what was said", async () => {
  const [alice, bob] = names("alice", "bob");
  const { rid, members } = await openMuc(alice, bob);
  await order("POST", `${roomPath(rid)}/kick`, { uid: bob, seconds: 7, reason: "a private matter" });
  await order("DELETE", `${userPath(bob)}/sessions/none`);
  const records = () =>
    south
      .output()
      .split("\n")
      .filter((line) => line.includes(JSON.stringify(bob)) && line.includes("admin request"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await eventually(() => expect(records()).toHaveLength(2));
  expect(records()).toMatchObject([
    { level: "warn", change: "kick", rid, uid: bob, seconds: 7, from: "127.0.0.1", status: 200 },
    { level: "warn", change: "disconnectSession", uid: bob, session: "none", from: "127.0.0.1", status: 404 },
  ]);
  expect(south.output()).not.toMatch(/a private matter/);
  close(members);
});

test(
  "while Redis is away nothing is claimed to be done: 503, and when to try again",
  async () => {
    const lone = await startPod({ redisUrl: "redis://127.0.0.1:1" });
    for (const [method, path, body] of [
      ["POST", "/rooms/r/kick", { uid: "alice" }],
      ["PUT", "/rooms/r/lock", { locked: true }],
      ["DELETE", "/rooms/r"],
      ["DELETE", "/users/alice/sessions"],
    ] as const) {
      const options = { method, headers: JSON_HEADERS, ...(body && { body: JSON.stringify(body) }) };
      const answer = await ask(lone.rest, path, options);
      expect([path, answer.status, answer.body]).toMatchObject([path, 503, { errorCode: 503_001 }]);
      expect(answer.headers["retry-after"]).toBe("1");
    }
    await lone.stop();
  },
  PATIENCE_MS,
);
