// Tokens at the door of JSONgle: who has to show one, what it says of its holder, and what it allows.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JWT_SECRET } from "../../helpers/mse-client.ts";
import { connect } from "../../helpers/party.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";
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

  test("nobody is somebody else", async () => {
    const token = await tokenOf("alice");
    await expect(connect(pod.url, "bob", { token })).rejects.toMatchObject({
      message: "The server does not accept the identity",
    });
  });

  test("the self-check needs none", async () => {
    expect(await (await fetch(`${pod.rest}/tests`)).json()).toMatchObject({ score: 100 });
  });
});
