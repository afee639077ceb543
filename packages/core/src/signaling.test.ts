import { expect, test } from "vitest";
import { openCluster, RecordingSession, SERVER_ID } from "../../../test/helpers/memory-cluster.ts";

async function sessionsOn(podCount: number, ...names: string[]) {
  const cluster = openCluster(podCount);
  const sessions = names.map((name, i) => new RecordingSession(cluster.pods[i % podCount]!, name));
  for (const session of sessions) await session.hello();
  return { cluster, sessions: sessions as [RecordingSession, ...RecordingSession[]] };
}

const heardBy = ({ heard }: RecordingSession) =>
  heard.map(({ jsongle }) => {
    if (!("description" in jsongle)) return jsongle.action;
    const description = jsongle.description as { member?: { uid: string }; text?: string };
    const event = "event" in jsongle ? `${jsongle.event} ${description.member?.uid}` : "";
    return event || description.text;
  });

for (const podCount of [1, 2]) {
  test(`on ${podCount} pod(s), those in a room learn of who comes and goes, and the newcomer of who is there`, async () => {
    const { sessions } = await sessionsOn(podCount, "a", "b");
    const [a, b] = sessions as [RecordingSession, RecordingSession];
    expect(await a.join("r")).toEqual({ outcome: "joined", members: [] });
    expect(await b.join("r")).toEqual({ outcome: "joined", members: [a.identity] });
    await b.say("r", "hello");
    await b.disconnect();
    expect(heardBy(a)).toEqual(["joined uid of b", "hello", "left uid of b"]);
    expect(heardBy(b)).toEqual([]);
  });
}

for (const podCount of [1, 2]) {
  test(`on ${podCount} pod(s), what is for some reaches them alone, and is counted so`, async () => {
    const { cluster, sessions } = await sessionsOn(podCount, "a", "b", "c");
    const [a, b, c] = sessions as [RecordingSession, RecordingSession, RecordingSession];
    for (const session of sessions) await session.join("m", "muc");
    await a.say("m", "for b", undefined, ["uid of b", "uid of a", "uid of nobody"]);
    await a.say("m", "for all");
    await expect.poll(() => heardBy(b).slice(1)).toEqual(["for b", "for all"]);
    await expect.poll(() => heardBy(c)).toEqual(["for all"]);
    expect(heardBy(a)).not.toContain("for b");
    expect(cluster.tally).toMatchObject({ relayed: 2, delivered: 3 });
  });
}

test("a user's sessions are limited over pods, and who lives is not thrown out when the store has lost them", async () => {
  const cluster = openCluster(2);
  const sessionOf = (name: string, pod: number) => new RecordingSession(cluster.pods[pod]!, name, "u");
  const old = [sessionOf("a", 0), sessionOf("b", 1)];
  const helloOf = (session: RecordingSession, pod: number, most: number) =>
    cluster.pods[pod]!.hello(session, session.identity, most);
  expect(await Promise.all(old.map((session, pod) => helloOf(session, pod, 2)))).toEqual(["registered", "registered"]);
  expect(await helloOf(sessionOf("c", 0), 0, 2)).toBe("full");
  cluster.forgetAll();
  // Before the others are seen again.
  const young = [sessionOf("d", 0), sessionOf("e", 1)];
  expect(await Promise.all(young.map((session, pod) => helloOf(session, pod, 2)))).toEqual([
    "registered",
    "registered",
  ]);
  expect(await Promise.all(cluster.pods.map((pod) => pod.renew()))).toEqual([true, true]);
  expect(await cluster.presence.sessionsOf("u")).toMatchObject({ sessions: { length: 4 } });
  for (const [pod, session] of old.entries()) {
    expect(cluster.pods[pod]!.standing(session, undefined).identity).toEqual({ uid: "u" });
    expect(heardBy(session)).toEqual([]);
  }
  expect(await helloOf(sessionOf("f", 0), 0, 2)).toBe("full");
});

test("a join may ask for a limit of its own, by which it is also seated again", async () => {
  const { cluster, sessions } = await sessionsOn(1, "a", "b", "c");
  const [a, b, c] = sessions as [RecordingSession, RecordingSession, RecordingSession];
  for (const session of [a, b])
    expect(await session.join("m", "muc", undefined, 2)).toMatchObject({ outcome: "joined" });
  expect(await c.join("m", "muc", undefined, 2)).toEqual({ outcome: "full" });
  cluster.forgetAll();
  for (const uid of ["x", "y"]) {
    await cluster.rooms.join("m", { sessionId: uid, pod: "other", epoch: 1, identity: { uid } }, "muc", 4);
  }
  await cluster.pods[0]!.renew();
  expect(cluster.pods[0]!.standing(a, "m").route).toBe("notAMember");
  expect(heardBy(b)).toContain("left uid of b");
});

test("a change that comes before an earlier one makes the pod ask the store, and each event comes once", async () => {
  const { sessions, cluster } = await sessionsOn(3, "a", "b", "c");
  const [a, b, c] = sessions as [RecordingSession, RecordingSession, RecordingSession];
  await a.join("m", "muc");
  // What b's pod would say of b gets lost, and c's join then shows a gap to a's pod.
  const { identity } = b;
  await cluster.rooms.join("m", { sessionId: "lost", pod: "pod-1", epoch: 1, identity }, "muc", 4);
  await c.join("m", "muc");
  await expect.poll(() => heardBy(a)).toEqual(["joined uid of b", "joined uid of c"]);
});

test("the server's id is no room", async () => {
  const { sessions } = await sessionsOn(1, "a");
  expect(await sessions[0].join(SERVER_ID)).toEqual({ outcome: "reserved" });
});

test("a refused seat in a MUC gives the user's place back", async () => {
  const { sessions, cluster } = await sessionsOn(1, "a");
  const [a] = sessions;
  await cluster.rooms.join("taken", { sessionId: "x", pod: "p", epoch: 1, identity: { uid: "x" } }, "room", 2);
  expect(await a.join("taken", "muc")).toEqual({ outcome: "wrongKind" });
  expect(await a.join("m1", "muc")).toMatchObject({ outcome: "joined" });
  expect(await a.join("m2", "muc")).toMatchObject({ outcome: "joined" });
  expect(await a.join("m3", "muc")).toEqual({ outcome: "tooManyMucs" });
});

test("a session is in so many rooms and MUCs at most", async () => {
  const { sessions } = await sessionsOn(1, "a");
  const [a] = sessions;
  for (const rid of ["r1", "r2", "r3"]) await a.join(rid);
  await a.join("m1", "muc");
  expect(await a.join("r4")).toEqual({ outcome: "tooManyRooms" });
  expect(await a.join("r3")).toMatchObject({ outcome: "already" });
  await a.leave("r1");
  expect(await a.join("r4")).toMatchObject({ outcome: "joined" });
});

test("what a session keeps by its rooms' names is bounded, all together", async () => {
  const { sessions } = await sessionsOn(1, "a");
  const [a] = sessions;
  const long = (name: string) => name + "x".repeat(900_000);
  for (const rid of ["r1", "r2"]) expect(await a.join(long(rid))).toMatchObject({ outcome: "joined" });
  expect(await a.join(long("r3"))).toEqual({ outcome: "tooManyRooms" });
  await a.leave(long("r1"));
  expect(await a.join(long("r3"))).toMatchObject({ outcome: "joined" });
});

test("a second hello changes nothing", async () => {
  const { cluster, sessions } = await sessionsOn(1, "a");
  const [a] = sessions;
  expect(await cluster.pods[0]!.hello(a, { uid: "somebody else" })).toBe("already");
  expect(cluster.pods[0]!.standing(a, SERVER_ID)).toEqual({ identity: a.identity, route: "server" });
});

test("the journal holds each fact once, in order", async () => {
  const { cluster, sessions } = await sessionsOn(1, "a", "b");
  const [a, b] = sessions as [RecordingSession, RecordingSession];
  await a.join("r");
  await a.join("r");
  await b.join("r");
  await a.disconnect();
  await a.disconnect();
  await b.leave("r");
  const uid = (session: RecordingSession) => session.identity.uid;
  expect(cluster.journal.facts).toEqual([
    { fact: "user-online", uid: uid(a) },
    { fact: "user-online", uid: uid(b) },
    { fact: "room-opened", rid: "r" },
    { fact: "member-joined", rid: "r", version: 1, uid: uid(a), sessionId: "a" },
    { fact: "member-joined", rid: "r", version: 2, uid: uid(b), sessionId: "b" },
    { fact: "member-left", rid: "r", version: 3, uid: uid(a), sessionId: "a" },
    { fact: "user-offline", uid: uid(a) },
    { fact: "member-left", rid: "r", version: 4, uid: uid(b), sessionId: "b" },
    { fact: "room-closed", rid: "r" },
  ]);
});

test("a room that spans pods is counted once", async () => {
  const { cluster, sessions } = await sessionsOn(2, "a", "b");
  for (const session of sessions) await session.join("r");
  expect(cluster.pods.map((pod) => pod.countRooms())).toEqual([1, 0]);
  await sessions[0].leave("r");
  await expect.poll(() => cluster.pods.map((pod) => pod.countRooms())).toEqual([0, 1]);
});

test("while the store can't be reached, nobody comes in, and who goes is gone for those on the same pod", async () => {
  let away = false;
  const cluster = openCluster(1, async (value) => (away ? ({ outcome: "unavailable" } as never) : value));
  const [a, b, c] = ["a", "b", "c"].map((name) => new RecordingSession(cluster.pods[0]!, name)) as [
    RecordingSession,
    RecordingSession,
    RecordingSession,
  ];
  for (const session of [a, b]) await session.hello();
  for (const session of [a, b]) await session.join("m", "muc");
  away = true;
  expect(await cluster.pods[0]!.hello(c, c.identity)).toBe("unavailable");
  expect(await a.join("r")).toEqual({ outcome: "unavailable" });
  expect(await a.join("m2", "muc")).toEqual({ outcome: "unavailable" });
  await b.say("m", "still here");
  await b.disconnect();
  expect(heardBy(a)).toEqual(["joined uid of b", "still here", "left uid of b"]);
});
