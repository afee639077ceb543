// Tokens at the door of JSONgle: who has to show one, what it says of its holder, and what it allows.
import type { Received } from "@jongleur/client";
import { io } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { JWT_SECRET } from "../../helpers/mse-client.ts";
import { connect, event } from "../../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../../helpers/pod.ts";
import { tokenOf } from "../../helpers/tokens.ts";

describe("where a token is needed", () => {
  let pod: Pod;
  beforeAll(async () => {
    pod = await startPod({ jwtSecret: JWT_SECRET });
  });
  afterAll(() => pod.stop());

  const enter = async (uid: string, claims: object = {}) =>
    connect(pod.url, uid, { token: await tokenOf(uid, { ...claims }) });

  test("who shows a good one is in, as its user", async () => {
    const alice = await enter("alice");
    await alice.join("r");
    const { sessions } = (await (await fetch(`${pod.rest}/users/alice`)).json()) as { sessions: unknown[] };
    expect(sessions).toHaveLength(1);
    alice.close();
  });

  test("who shows none is told so", async () => {
    await expect(connect(pod.url, "alice")).rejects.toMatchObject({
      code: 401001,
      message: "The token (JWT) is refused: it is missing",
    });
  });

  test("the application token is needed all the same", async () => {
    await expect(connect(pod.url, "alice", { token: await tokenOf("alice"), appToken: "no" })).rejects.toMatchObject({
      code: 401001,
      message: "Bad application token",
    });
  });

  test("a room that the token does not allow is refused, and one that it allows is not", async () => {
    const alice = await enter("alice", { jongleur: { rooms: ["daily", "team-*"] } });
    await alice.join("daily");
    await alice.join("team-1");
    await alice.joinMuc("any");
    await expect(alice.join("other")).rejects.toMatchObject({ code: 403003 });
    alice.close();
  });

  test("nobody is somebody else, and may answer again; who says nothing is who the token says", async () => {
    const bob = await enter("bob");
    await bob.join("r");
    const auth = { appToken: APP_TOKEN, token: await tokenOf("alice", { name: "Alice" }) };
    const socket = io(pod.url, { auth, forceNew: true, transports: ["websocket"] });
    const heard: Received[] = [];
    socket.on("jsongle", (message) => heard.push(message));
    const say = (jsongle: object) => socket.emit("jsongle", { id: "1", to: "jsongle-server", jsongle });
    const answer = (description: object) => say({ action: "iq-result", query: "session-hello", description });
    await eventually(() => expect(heard).toHaveLength(1));
    answer({ uid: "bob" });
    await eventually(() => expect(heard).toHaveLength(3));
    expect(heard[1]!.jsongle).toMatchObject({ action: "ack", status: "failed" });
    expect(heard[2]!.jsongle).toMatchObject({ action: "session-error", description: { errorCode: 403003 } });
    answer({ role: "host" });
    say({ action: "iq-set", query: "session-join", description: { rid: "r" } });
    const joined = await bob.hears(event("joined"));
    expect(joined.jsongle.description).toMatchObject({ member: { uid: "alice", dn: "Alice", role: "host" } });
    expect(heard[3]!.jsongle).toMatchObject({ action: "ack", status: "success" });
    socket.close();
    bob.close();
  });

  test("the self-check needs none", async () => {
    expect(await (await fetch(`${pod.rest}/tests`)).json()).toMatchObject({ score: 100 });
  });
});

test("where a token is not required a good one counts all the same, and a bad one is refused", async () => {
  const lenient = await startPod({ jwtSecret: JWT_SECRET, jwtRequired: "false" });
  const without = await connect(lenient.url, "bob");
  await without.join("anything");
  const alice = await connect(lenient.url, "alice", { token: await tokenOf("alice", { jongleur: { rooms: [] } }) });
  await expect(alice.join("anything")).rejects.toMatchObject({ code: 403003 });
  for (const token of ["", "a.b.c"]) {
    await expect(connect(lenient.url, "bob", { token })).rejects.toMatchObject({ code: 401001 });
  }
  await expect(connect(lenient.url, "mallory", { token: await tokenOf("bob") })).rejects.toThrow("identity");
  await lenient.stop();
});
