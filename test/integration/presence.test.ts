// Who is online where, and who is in which room, as any pod tells an operator on its own machine.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { connect } from "../helpers/party.ts";
import { type Pod, startPod } from "../helpers/pod.ts";

let pods: readonly [Pod, Pod];
beforeAll(async () => {
  const redisUrl = inject("redis").url;
  pods = [await startPod({ redisUrl, podName: "north" }), await startPod({ redisUrl, podName: "south" })];
});
afterAll(async () => {
  await Promise.all(pods.map((pod) => pod.stop()));
});

const ask = async ({ rest }: Pod, path: string) => {
  const response = await fetch(rest + path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

test("every pod tells where a user's sessions are, until the last has gone", async () => {
  const [north, south] = pods;
  const uid = `who is / where? ${randomUUID()}`;
  const one = await connect(north.url, uid);
  const other = await connect(south.url, uid);
  const path = `/users/${encodeURIComponent(uid)}`;
  const sessions = [
    { id: one.id, protocol: "jsongle", pod: expect.stringMatching(/^north-/) },
    { id: other.id, protocol: "jsongle", pod: expect.stringMatching(/^south-/) },
  ];
  for (const pod of pods) {
    const { body } = await ask(pod, path);
    expect(body).toEqual({ uid, sessions: expect.arrayContaining(sessions) });
    expect(body.sessions).toHaveLength(2);
  }

  one.close();
  await eventually(async () => expect((await ask(north, path)).body.sessions).toEqual([sessions[1]]));
  other.close();
  await eventually(async () =>
    expect(await ask(north, path)).toMatchObject({ status: 404, body: { errorCode: 404_001 } }),
  );
});

test("every pod tells who is in a room, in the order in which they came", async () => {
  const [north, south] = pods;
  const rid = `room {${randomUUID()}}/#%`;
  const path = `/rooms/${encodeURIComponent(rid)}`;
  expect(await ask(south, path)).toMatchObject({ status: 404, body: { errorCode: 404_001 } });
  const bob = await connect(south.url, "bob");
  const alice = await connect(north.url, "alice");
  await bob.joinMuc(rid);
  await alice.joinMuc(rid);

  const seatOf = ({ id, uid }: typeof bob, pod: string) => ({
    session: id,
    pod: expect.stringMatching(`^${pod}-`),
    member: { uid, dn: `Name of ${uid}` },
  });
  for (const pod of pods) {
    const members = [seatOf(bob, "south"), seatOf(alice, "north")];
    expect(await ask(pod, path)).toEqual({ status: 200, body: { rid, kind: "muc", members } });
  }
  bob.close();
  alice.close();
  await eventually(async () => expect((await ask(north, path)).status).toBe(404));
});

test("what tells of people is told to no web page", async () => {
  const response = await fetch(`${pods[0].rest}/users/alice`);
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
});
