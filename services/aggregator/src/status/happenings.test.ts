import fc from "fast-check";
import { expect, test } from "vitest";
import { POD_STATES } from "../sighting.ts";
import { type Happening, happeningsBetween, type Seen, type SeenPod } from "./happenings.ts";

const AT = 100_000;
const LEASE_END = AT + 5000;
const pod = (state: SeenPod["state"], leaseEnd: number | undefined = LEASE_END): SeenPod => ({
  pod: "pod",
  state,
  leaseEnd,
});
const unleased = (state: SeenPod["state"]): SeenPod => ({ pod: "pod", state, leaseEnd: undefined });
const seen = (pods: readonly SeenPod[], more: Partial<Seen> = {}): Seen => {
  return { at: AT, redisAway: false, pods, ended: new Set(), ...more };
};
const kinds = (before: Seen, after: Seen) => happeningsBetween(before, after).map(({ kind }) => kind);

test.each<[string, readonly SeenPod[], readonly SeenPod[], Partial<Seen>, readonly Happening["kind"][]]>([
  ["a new pod has joined", [], [pod("up")], {}, ["joined"]],
  ["nothing has happened to a pod that is as it was", [pod("up")], [pod("up")], {}, []],
  ["a pod begins to drain", [pod("up")], [pod("draining")], {}, ["draining"]],
  [
    "a pod that drains closes its port; the end is told when its lease has gone",
    [pod("draining")],
    [pod("unreachable")],
    {},
    [],
  ],
  [
    "a pod that has handed over has ended, whatever was seen of it",
    [pod("up")],
    [],
    { ended: new Set(["pod"]) },
    ["ended"],
  ],
  ["a pod that drained and has gone has ended", [pod("draining")], [], {}, ["ended"]],
  ["a pod that stands still is late", [pod("up")], [pod("late")], {}, ["late"]],
  ["a pod whose process has gone can't be reached", [pod("up")], [pod("unreachable")], {}, ["unreachable"]],
  ["a pod that wakes answers again", [pod("late")], [pod("up")], {}, ["answers"]],
  ["a pod whose lease has ended without a word has died", [pod("late", AT - 1)], [], {}, ["died"]],
  ["so has one that could not be reached while Redis did not count", [pod("unreachable")], [], {}, ["died"]],
  ["a pod that Redis has forgotten before its time is lost, not dead", [pod("up")], [], {}, ["lost"]],
  [
    "without a lease a pod that drained and can't be reached has ended",
    [unleased("draining")],
    [unleased("unreachable")],
    {},
    ["ended"],
  ],
  ["without a lease a pod in whose place is another is lost", [unleased("up")], [], {}, ["lost"]],
  ["what was told to be unreachable is not told to be lost", [unleased("unreachable")], [], {}, []],
])("%s", (_, before, after, more, expected) => {
  expect(kinds(seen(before), seen(after, more))).toEqual(expected);
});

test("that Redis goes and comes back is told, and without the name of a pod", () => {
  const [here, away] = [seen([pod("up")]), seen([pod("up")], { redisAway: true })];
  expect(happeningsBetween(here, away)).toEqual([{ kind: "redisAway", pod: undefined }]);
  expect(happeningsBetween(away, here)).toEqual([{ kind: "redisBack", pod: undefined }]);
  expect(happeningsBetween(away, away)).toEqual([]);
});

const anyPods = fc.uniqueArray(
  fc.record({
    pod: fc.constantFrom("a", "b", "c", "d"),
    state: fc.constantFrom(...POD_STATES),
    leaseEnd: fc.integer({ min: AT - 10, max: AT + 10 }),
  }),
  { selector: (each) => each.pod },
);
const anySeen = fc.record({
  at: fc.constant(AT),
  redisAway: fc.boolean(),
  pods: anyPods,
  ended: fc.constantFrom<ReadonlySet<string>>(new Set(), new Set(["a"])),
});
const DEPARTURES: readonly string[] = ["ended", "died", "lost"];

test("who follows joins and departures knows which pods with leases are there; nothing is told twice", () => {
  fc.assert(
    fc.property(fc.array(anySeen, { minLength: 2, maxLength: 8 }), (rounds) => {
      const known = new Set<string>(rounds[0]?.pods.map((each) => each.pod));
      for (const [i, after] of rounds.slice(1).entries()) {
        const told = happeningsBetween(rounds[i] as Seen, after);
        expect(new Set(told.map((each) => each.pod)).size).toBe(told.length);
        for (const { kind, pod: name = "" } of told) {
          if (kind === "joined") known.add(name);
          if (DEPARTURES.includes(kind)) known.delete(name);
        }
        expect(known).toEqual(new Set<string>(after.pods.map((each) => each.pod)));
        expect(happeningsBetween(after, after)).toEqual([]);
      }
    }),
  );
});
