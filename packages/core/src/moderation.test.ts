import { expect, test } from "vitest";
import { membersOf, openCluster, RecordingSession } from "../../../test/helpers/memory-cluster.ts";

type Three = [RecordingSession, RecordingSession, RecordingSession];

/** Sessions on as many pods as there may be, in the MUC "m": "a", "b" and another one of "a"'s user. */
async function openMuc(podCount: number) {
  const cluster = openCluster(podCount);
  const uids = ["uid a", "uid b", "uid a"];
  const sessions = uids.map((uid, i) => new RecordingSession(cluster.pods[i % podCount]!, "abc"[i]!, uid)) as Three;
  for (const session of sessions) {
    await session.hello();
    await session.join("m", "muc");
  }
  for (const { heard } of sessions) heard.length = 0;
  return { cluster, sessions, moderation: cluster.pods[0]!.moderation };
}

const heardBy = ({ heard }: RecordingSession) =>
  heard.map(({ jsongle }) => {
    const { event, namespace, description } = jsongle as { event?: string; namespace?: string; description: object };
    const { member, ...rest } = description as { member?: { uid: string } };
    return member ? `${event} ${member.uid}` : `${event} in ${namespace}: ${JSON.stringify(rest)}`;
  });

const idsIn = async (cluster: Parameters<typeof membersOf>[0], rid: string) =>
  (await membersOf(cluster, rid)).map(({ sessionId }) => sessionId);

for (const podCount of [1, 3]) {
  test(`on ${podCount} pod(s), all sessions of a user are kicked, and the others are told`, async () => {
    const { cluster, sessions, moderation } = await openMuc(podCount);
    const [a, b, c] = sessions;
    const kicked = await moderation.kick("m", { uid: "uid a" }, { reason: "loud" });
    expect(kicked).toEqual({ outcome: "kicked", sessions: 2, until: undefined });
    expect(await idsIn(cluster, "m")).toEqual(["b"]);
    expect(heardBy(b)).toEqual(["left uid a", "left uid a"]);
    for (const session of [a, c]) expect(heardBy(session)).toEqual(['kicked in muc: {"rid":"m","reason":"loud"}']);
    expect(cluster.tally.kicked).toBe(2);

    await a.say("m", "too late");
    await b.say("m", "peace");
    expect(heardBy(b)).toHaveLength(2);
    expect(a.heard).toHaveLength(1);
    expect(await moderation.kick("m", { uid: "uid a" })).toEqual({ outcome: "notThere" });
    expect(await a.join("m", "muc")).toEqual({ outcome: "joined", members: [b.identity] });
  });

  test(`on ${podCount} pod(s), one session is kicked, and another of the same user stays`, async () => {
    const { cluster, sessions, moderation } = await openMuc(podCount);
    const [a, , c] = sessions;
    expect(await moderation.kick("m", { sessionId: "a" })).toMatchObject({ outcome: "kicked", sessions: 1 });
    expect(await moderation.kick("m", { sessionId: "a" })).toEqual({ outcome: "notThere" });
    expect(await idsIn(cluster, "m")).toEqual(["b", "c"]);
    expect(heardBy(a)).toEqual(['kicked in muc: {"rid":"m"}']);
    expect(heardBy(c)).toEqual(["left uid a"]);
  });

  test(`on ${podCount} pod(s), a ban puts out all that the user has there, and keeps it out`, async () => {
    const { cluster, sessions, moderation } = await openMuc(podCount);
    const [a, b, c] = sessions;
    const kicked = await moderation.kick("m", { sessionId: "a" }, { banSeconds: 60 });
    expect(kicked).toEqual({ outcome: "kicked", sessions: 2, until: 60_000 });
    for (const session of [a, c]) {
      expect(heardBy(session)).toEqual(['kicked in muc: {"rid":"m","until":"ms 60000"}']);
      expect(await session.join("m", "muc")).toEqual({ outcome: "banned", until: "ms 60000" });
    }
    expect(heardBy(b)).toEqual(["left uid a", "left uid a"]);
    expect(await idsIn(cluster, "m")).toEqual(["b"]);
    // What was refused has given the user's places back.
    for (const rid of ["m1", "m2"]) expect(await a.join(rid, "muc")).toMatchObject({ outcome: "joined" });
    expect(await moderation.kick("m", { uid: "uid a" }, { banSeconds: 90 })).toEqual({
      outcome: "kicked",
      sessions: 0,
      until: 90_000,
    });
  });

  test(`on ${podCount} pod(s), a locked room lets nobody in until it is unlocked`, async () => {
    const { sessions, cluster, moderation } = await openMuc(podCount);
    expect(await moderation.lock("m", true)).toEqual({ outcome: "locked" });
    const newcomer = new RecordingSession(cluster.pods.at(-1)!, "d");
    await newcomer.hello();
    expect(await newcomer.join("m", "muc")).toEqual({ outcome: "locked" });
    expect(await sessions[0].join("m", "muc")).toMatchObject({ outcome: "already" });
    expect(await moderation.lock("m", false)).toEqual({ outcome: "unlocked" });
    expect(await newcomer.join("m", "muc")).toMatchObject({ outcome: "joined" });
    expect(await moderation.lock("nowhere", true)).toEqual({ outcome: "notThere" });
  });

  test(`on ${podCount} pod(s), all are put out of a room that is closed, and are told that alone`, async () => {
    const { sessions, cluster, moderation } = await openMuc(podCount);
    expect(await moderation.close("m", { reason: "late" })).toEqual({ outcome: "closed", sessions: 3 });
    for (const session of sessions) {
      expect(heardBy(session)).toEqual(['kicked in muc: {"rid":"m","reason":"late"}']);
    }
    expect(cluster.pods.map((pod) => pod.countRooms())).toEqual(Array(podCount).fill(0));
    expect(await moderation.close("m")).toEqual({ outcome: "notThere" });
    expect(await sessions[0].join("m", "room")).toEqual({ outcome: "joined", members: [] });
  });

  test(`on ${podCount} pod(s), a user is disconnected, with all sessions or one`, async () => {
    const { sessions, cluster, moderation } = await openMuc(podCount);
    const [a, b, c] = sessions;
    expect(await moderation.disconnect({ uid: "uid a", sessionId: "c" }, { reason: "old" })).toEqual({
      outcome: "disconnected",
      sessions: 1,
    });
    expect(heardBy(c)).toEqual(['kicked in server: {"reason":"old"}']);
    await expect.poll(() => idsIn(cluster, "m")).toEqual(["a", "b"]);
    expect(await moderation.disconnect({ uid: "uid a", sessionId: "b" })).toEqual({ outcome: "notThere" });
    expect(await moderation.disconnect({ uid: "uid a" })).toEqual({ outcome: "disconnected", sessions: 1 });
    await expect.poll(() => heardBy(b)).toEqual(["left uid a", "left uid a"]);
    expect(a.ended).toBe(true);
    await expect.poll(() => moderation.disconnect({ uid: "uid a" })).toEqual({ outcome: "notThere" });
  });
}

test("who may give orders for one kind of rooms gets nothing done in those of the other", async () => {
  const { cluster, moderation } = await openMuc(2);
  const order = { kind: "room" } as const;
  expect(await moderation.kick("m", { uid: "uid a" }, order)).toEqual({ outcome: "otherKind" });
  expect(await moderation.lock("m", true, order)).toEqual({ outcome: "otherKind" });
  expect(await moderation.close("m", order)).toEqual({ outcome: "otherKind" });
  expect(await idsIn(cluster, "m")).toEqual(["a", "b", "c"]);
});
