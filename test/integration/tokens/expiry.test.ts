// What happens to a session when its token expires, and what a fresh one changes.
import { io } from "socket.io-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { JWT_SECRET } from "../../helpers/mse-client.ts";
import { action, errorCode, event, settle } from "../../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../../helpers/pod.ts";
import { enterJsongle, tokenOf } from "../../helpers/tokens.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod({ jwtSecret: JWT_SECRET });
});
afterAll(() => pod.stop());

const seconds = () => Math.floor(Date.now() / 1000);

test("who has a token for long is told nothing of it", async () => {
  const alice = await enterJsongle(pod.url, "alice");
  await settle(alice);
  expect(alice.heard.filter(event("token-expiring"))).toEqual([]);
  alice.close();
});

test("whose token expires soon is told when, before anything else, and once", async () => {
  const exp = seconds() + 20;
  const socket = io(pod.url, { auth: { appToken: APP_TOKEN, token: await tokenOf("alice", { exp }) }, forceNew: true });
  const heard: { from: string; jsongle: object }[] = [];
  socket.on("jsongle", (message) => heard.push(message));
  await eventually(() => expect(heard).toHaveLength(2));
  expect(heard[1]).toMatchObject({
    from: "jsongle-server",
    to: socket.id,
    jsongle: {
      action: "session-event",
      namespace: "server",
      event: "token-expiring",
      description: { expires: new Date(exp * 1000).toISOString() },
    },
  });
  socket.close();
});

test("who has no other is told so and closed, and does not come back by itself", async () => {
  // Within the leeway still.
  const token = await tokenOf("alice", { exp: seconds() - 2 });
  const socket = io(pod.url, { auth: { appToken: APP_TOKEN, token }, forceNew: true, reconnectionDelay: 10 });
  const heard: { jsongle: { action: string; description?: unknown } }[] = [];
  const reasons: string[] = [];
  socket.on("jsongle", (message) => heard.push(message));
  socket.on("disconnect", (reason) => reasons.push(reason));
  await eventually(() => expect(reasons).toEqual(["io server disconnect"]), 10_000);
  expect(heard.at(-1)?.jsongle).toMatchObject({ action: "session-error", description: { errorCode: 401001 } });
  expect(socket.active).toBe(false);
  const { sessions = [] } = (await (await fetch(`${pod.rest}/users/alice`)).json()) as { sessions?: unknown[] };
  expect(sessions).toEqual([]);
});

test("a fresh token takes the place of the one before", async () => {
  const exp = seconds() - 1;
  const alice = await enterJsongle(pod.url, "alice", { exp });
  const bob = await enterJsongle(pod.url, "bob", { exp });
  const later = seconds() + 300;
  expect(await alice.request("token-refresh", { token: await tokenOf("alice", { exp: later }) })).toEqual({
    expires: new Date(later * 1000).toISOString(),
  });
  // Who has none is gone by then.
  await eventually(() => expect(bob.connected).toBe(false), 15_000);
  await settle(alice);
  expect(alice.connected).toBe(true);
  alice.close();
});

test.each([
  ["that is bad", async () => "a.b.c", 401001],
  ["that has expired", () => tokenOf("alice", { exp: seconds() - 60 }), 401001],
  ["with grants that can't be read", () => tokenOf("alice", { jongleur: [] }), 401001],
  ["of another user", () => tokenOf("bob"), 403003],
  ["that is no text", async () => 7 as unknown as string, 400001],
])("a fresh token %s is refused, and changes nothing", async (_name, make, code) => {
  const alice = await enterJsongle(pod.url, "alice", { jongleur: { rooms: ["hers"] } });
  await expect(alice.request("token-refresh", { token: await make() })).rejects.toMatchObject({ code });
  await alice.join("hers");
  await expect(alice.join("other")).rejects.toMatchObject({ code: 403003 });
  alice.close();
});

test("grants are those of the fresh token, also for the rooms that one is in, and behind the refresh at once", async () => {
  const alice = await enterJsongle(pod.url, "alice", { jongleur: { rooms: ["a", "b"], muc: ["m*"] } });
  const bob = await enterJsongle(pod.url, "bob");
  for (const party of [alice, bob]) {
    for (const rid of ["a", "b"]) await party.join(rid);
    await party.joinMuc("m1");
  }
  const refreshed = alice.request("token-refresh", {
    token: await tokenOf("alice", { jongleur: { rooms: ["b", "c"], muc: [] } }),
  });
  const joined = alice.join("c");
  await refreshed;
  await joined;
  const left = ({ heard }: typeof alice) =>
    heard.filter(event("left")).map(({ jsongle }) => [jsongle.namespace, jsongle.description]);
  const expected = [
    ["room", { member: { uid: "alice", dn: "Name of alice" }, rid: "a" }],
    ["muc", { member: { uid: "alice", dn: "Name of alice" }, rid: "m1" }],
  ];
  expect(left(alice)).toEqual(expected);
  await eventually(() => expect(left(bob)).toEqual(expected));
  await expect(alice.join("a")).rejects.toMatchObject({ code: 403003 });
  alice.send("a", { action: "session-text", description: {} });
  await alice.hears((message) => errorCode(message) === 404002);
  bob.send("b", { action: "session-text", description: {} });
  await alice.hears(action("session-text"));
  for (const party of [alice, bob]) party.close();
});
