// What pods that die or are cut off, and parcels that get lost or come late, leave half done is put right, and told once.
import type { Member } from "@jongleur/core";
import { expect, test } from "vitest";
import { calm, FailingCluster, type FailingPod } from "../helpers/failing-cluster.ts";
import { areTold, comeTo, gate, idsIn, toldTo } from "../helpers/failing-rooms.ts";
import type { RecordingSession } from "../helpers/memory-cluster.ts";

/** By then a pod that does not answer has been asked in vain. */
const GIVEN_UP_SECONDS = 10;

/** A MUC with a session on each pod: "a", "b" and so on. */
async function openMuc(podCount: number) {
  const cluster = new FailingCluster(podCount);
  const sessions: RecordingSession[] = [];
  for (const [i, pod] of cluster.pods.entries()) sessions.push(await comeTo(pod, "abc"[i]!));
  for (const session of sessions) await session.join("m", "muc");
  return { cluster, pods: cluster.pods as Three<FailingPod>, sessions: sessions as unknown as Three<RecordingSession> };
}

type Three<T> = readonly [T, T, T];

test("who leaves just as its pod dies has left for the others too, once the pod's holdings are released", async () => {
  const { cluster, pods, sessions } = await openMuc(3);
  const [a, b, c] = sessions;
  pods[0].answer = async ({ name, run }) => {
    const answer = await run();
    if (name === "leave") pods[0].kill();
    return answer;
  };
  void a.leave("m");
  await calm();
  expect(await idsIn(cluster, "m")).toEqual(["b", "c"]);
  expect(toldTo(b)).toEqual(["joined c"]);

  await pods[1].release(pods[0], 1);
  await calm();
  await areTold(cluster, [b, c], [["joined c", "left a"], ["left a"]]);
});

test.each(["undelivered", "missed"] as const)(
  "that the holdings of a dead pod were released gets through, once, though the parcels are %s",
  async (fate) => {
    const { cluster, pods, sessions } = await openMuc(3);
    const [, b, c] = sessions;
    pods[0].kill();
    pods[1].fateOf = () => fate;
    await pods[1].release(pods[0], 1);
    await calm();
    pods[1].recover();

    await cluster.tend(GIVEN_UP_SECONDS);
    await areTold(cluster, [b, c], [["joined c", "left a"], ["left a"]]);
  },
);

test.each([
  { of: "that pod", from: "pod-0" },
  { of: "any pod", from: undefined },
])(
  "a newcomer on a pod that had nobody in the room is known as soon as parcels of $of were missed",
  async ({ from }) => {
    const cluster = new FailingCluster(2);
    const [first, second] = cluster.pods as [FailingPod, FailingPod];
    const [a, b] = [await comeTo(first, "a"), await comeTo(second, "b")];
    await b.join("r");
    first.fateOf = () => "lost";
    await a.join("r");
    first.recover();
    expect(second.signaling.standing(b, "r").route).toBe("alone");

    second.miss(from);
    await calm();
    expect(second.signaling.standing(b, "r").route).toBe("others");
    expect(toldTo(b)).toEqual(["joined a"]);
    await b.say("r", "hello");
    await calm();
    expect(toldTo(a)).toEqual(["hello"]);
  },
);

test.each([
  { where: "on its own pod", i: 0 },
  { where: "on another", i: 1 },
])("a newcomer hears nobody $where before it is told of them, and those who know them do", async ({ i }) => {
  const cluster = new FailingCluster(2);
  const [pod] = cluster.pods as [FailingPod, FailingPod];
  const [known, unknown] = [pod, cluster.pods[i]!];
  const [a, b, c] = [await comeTo(unknown, "a"), await comeTo(known, "b"), await comeTo(known, "c")];
  for (const session of [a, c]) await session.join("m", "muc");
  await cluster.rooms.leave("m", { sessionId: "a", pod: unknown.name, epoch: 1 });
  const { open, behind } = gate();
  unknown.answer = ({ name, args, run }) => (name === "join" && seatedBy(args) === "a" ? behind(run()) : run());
  expect(await b.join("m", "muc")).toEqual({ outcome: "joined", members: [c.identity] });
  await a.say("m", "early");
  await calm();
  expect([toldTo(b), toldTo(c)]).toEqual([[], ["joined b", "early"]]);
  open();
  await calm();
  await a.say("m", "later");
  await calm();
  expect([toldTo(b), toldTo(c)]).toEqual([
    ["joined a", "later"],
    ["joined b", "early", "later"],
  ]);
});

const seatedBy = (args: readonly unknown[]) => (args[1] as Member).sessionId;

test("a join is refused while the pod can't tell others of it, and none of them hears of it", async () => {
  const { cluster, pods, sessions } = await openMuc(2);
  const before = sessions.map(toldTo);
  const d = await comeTo(pods[0], "d");
  pods[0].isCutOff = true;
  expect(await d.join("m", "muc")).toEqual({ outcome: "unavailable" });
  pods[0].recover();
  await areTold(cluster, sessions, before);
  expect(await idsIn(cluster, "m")).toEqual(["a", "b"]);
});

test("a pod that is cut off during a join gives the seat back, and all agree on that", async () => {
  const { cluster, pods, sessions } = await openMuc(2);
  const [, b] = sessions;
  const d = await comeTo(pods[0], "d");
  pods[0].answer = async ({ name, run }) => {
    pods[0].isCutOff ||= name === "join";
    return run();
  };
  expect(await d.join("m", "muc")).toEqual({ outcome: "unavailable" });
  pods[0].recover();
  await areTold(cluster, [b], [[]]);
  expect(await idsIn(cluster, "m")).toEqual(["a", "b"]);
  expect(await d.join("m", "muc")).toMatchObject({ outcome: "joined" });
  expect(toldTo(b)).toEqual(["joined d"]);
});

test.each(["join", "leave"] as const)(
  "a %s that is late on its way is not taken for known because somebody else is seated again meanwhile",
  async (verb) => {
    const cluster = new FailingCluster(3);
    const [first, second, third] = cluster.pods as Three<FailingPod>;
    const [a, b, c] = [await comeTo(second, "a"), await comeTo(first, "b"), await comeTo(third, "c")];
    for (const session of verb === "join" ? [b, c] : [b, c, a]) await session.join("m", "muc");
    const arrive = first.holdParcelsOf(second);
    const done = verb === "join" ? a.join("m", "muc") : a.leave("m");
    await calm();
    first.bus.send(third.name, { rid: "m", kind: "missing", sessionIds: ["c"] });
    await calm();
    arrive();
    await done;
    await calm();
    expect(toldTo(b)).toEqual(verb === "join" ? ["joined c", "joined a"] : ["joined c", "joined a", "left a"]);
    expect(toldTo(c)).toEqual(verb === "join" ? ["joined a"] : ["joined a", "left a"]);

    const calls: string[] = [];
    second.answer = ({ name, run }) => {
      calls.push(name);
      return run();
    };
    await cluster.tend(5);
    expect(calls, "of the pod whose parcels were late, as if it had to be asked after").toEqual([]);
    await b.say("m", "of b");
    await calm();
    expect(toldTo(a)).toEqual(verb === "join" ? ["of b"] : []);
    expect(toldTo(c).at(-1)).toBe("of b");
  },
);
