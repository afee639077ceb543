// A kick is carried through, and told once, whichever pod dies, does not hear of it or goes on under another epoch.
import { expect, test } from "vitest";
import { calm, FailingCluster, type FailingPod } from "../helpers/failing-cluster.ts";
import { areTold, comeTo, gate, idsIn, toldTo } from "../helpers/failing-rooms.ts";
import type { RecordingSession } from "../helpers/memory-cluster.ts";

type Three<T> = readonly [T, T, T];

/** A MUC with a session on each of three pods: "a", "b" and "c". */
async function openMuc() {
  const cluster = new FailingCluster(3);
  const pods = cluster.pods as Three<FailingPod>;
  const sessions: RecordingSession[] = [];
  for (const [i, pod] of pods.entries()) sessions.push(await comeTo(pod, "abc"[i]!));
  for (const session of sessions) await session.join("m", "muc");
  for (const { heard } of sessions) heard.length = 0;
  return { cluster, pods, sessions: sessions as unknown as Three<RecordingSession> };
}

const kickA = ({ signaling }: FailingPod) => signaling.moderation.kick("m", { uid: "a" }, { reason: "loud" });
const KICKED = "kicked undefined";

test("a kick of which the moderator's pod has told nobody when it dies is told once its holdings are released", async () => {
  const { cluster, pods, sessions } = await openMuc();
  const [a, , c] = sessions;
  pods[1].answer = async ({ name, run }) => {
    const answer = await run();
    if (name === "expel") pods[1].kill();
    return answer;
  };
  void kickA(pods[1]);
  await calm();
  expect(await idsIn(cluster, "m")).toEqual(["b", "c"]);
  expect([toldTo(a), toldTo(c)]).toEqual([[], []]);

  await pods[2].release(pods[1], 1);
  await calm();
  await areTold(cluster, [a, c], [[KICKED], ["left b", "left a"]]);
});

test.each(["lost", "undelivered", "doubtful", "missed"] as const)(
  "a kick is told once though its parcels are %s",
  async (fate) => {
    const { cluster, pods, sessions } = await openMuc();
    pods[1].fateOf = ({ kind }) => (kind === "putOut" ? fate : "arrives");
    await kickA(pods[1]);
    await calm();
    await cluster.tend(25);
    await areTold(cluster, sessions, [[KICKED], ["left a"], ["left a"]]);
    expect(await idsIn(cluster, "m")).toEqual(["b", "c"]);
  },
);

test("a pod that was taken for dead, and did not hear of the kick, does not seat the session again", async () => {
  const { cluster, pods, sessions } = await openMuc();
  pods[0].isCutOff = true;
  pods[1].fateOf = ({ kind }) => (kind === "putOut" ? "lost" : "arrives");
  await kickA(pods[1]);
  await pods[2].release(pods[0], 1);
  await calm();
  pods[0].recover();
  await pods[0].beginEpoch();
  await calm();
  await areTold(cluster, sessions.slice(0, 1), [[KICKED]]);
  expect(await idsIn(cluster, "m")).toEqual(["b", "c"]);
  await pods[2].release(pods[0], 1);
  for (const session of sessions.slice(1)) expect(toldTo(session)).toEqual(["left a"]);
});

test("a session that is kicked while it is seated again under a new epoch is out, and keeps no place", async () => {
  const { cluster, pods, sessions } = await openMuc();
  const { open, behind } = gate();
  pods[0].answer = ({ name, run }) => (name === "join" ? behind(run()) : run());
  const renewed = pods[0].beginEpoch();
  await calm();
  await kickA(pods[1]);
  expect(toldTo(sessions[0])).toEqual([KICKED]);
  open();
  await renewed;
  await calm();
  await pods[2].release(pods[0], 1);
  await areTold(cluster, sessions, [[KICKED], ["left a"], ["left a"]]);
  for (const rid of ["m1", "m2"]) expect(await sessions[0].join(rid, "muc")).toMatchObject({ outcome: "joined" });
});

test("a session that is kicked before its join is answered hears the answer first", async () => {
  const { cluster, pods, sessions } = await openMuc();
  const d = await comeTo(pods[0], "d");
  const { open, behind } = gate();
  pods[0].answer = ({ name, run }) => (name === "join" ? behind(run()) : run());
  const joined = d.join("m", "muc");
  await calm();
  const kicked = pods[1].signaling.moderation.kick("m", { uid: "d" });
  await calm();
  expect(toldTo(d)).toEqual([]);
  open();
  expect(await joined).toMatchObject({ outcome: "joined" });
  expect(await kicked).toMatchObject({ outcome: "kicked", sessions: 1 });
  await calm();
  expect(toldTo(d)).toEqual([KICKED]);
  expect(await idsIn(cluster, "m")).toEqual(["a", "b", "c"]);
  expect(await d.join("m", "muc")).toMatchObject({ outcome: "joined" });
  for (const session of sessions)
    expect(toldTo(session).filter((line) => line === "joined d").length).toBeGreaterThan(0);
});

test("while the store or the bus can't be reached a kick is unavailable, and changes nothing", async () => {
  const { cluster, pods, sessions } = await openMuc();
  pods[1].refuse("read", "expel", "lock");
  const { moderation } = pods[1].signaling;
  const unavailable = { outcome: "unavailable" };
  expect(await kickA(pods[1])).toEqual(unavailable);
  expect(await moderation.close("m")).toEqual(unavailable);
  expect(await moderation.lock("m", true)).toEqual(unavailable);
  pods[1].recover();
  pods[1].isCutOff = true;
  expect(await kickA(pods[1])).toEqual(unavailable);
  expect(await moderation.disconnect({ uid: "a" })).toEqual(unavailable);
  pods[1].recover();
  await areTold(cluster, sessions, [[], [], []]);
  expect(await idsIn(cluster, "m")).toEqual(["a", "b", "c"]);
});
