import { expect, test } from "vitest";
import type { Sighting } from "../sighting.ts";
import { Board } from "./board.ts";

const HOSTILE = '<img src=x onerror="window.hacked=1">\n\ndata: {}';

const sighting = (pod: string, state: Sighting["state"] = "up"): Sighting => ({
  url: "http://127.0.0.1:1",
  pod,
  state,
  version: HOSTILE.repeat(9),
  started: undefined,
  leaseEnd: undefined,
  answered: 0,
  gauges: [],
  relayed: 0,
  zeroes: [],
});

interface Shown {
  readonly ageMs: number;
  readonly waiting?: string;
  readonly missing: readonly string[];
  readonly pods: readonly { readonly pod: string; readonly state: string; readonly version: string }[];
  readonly podsNotShown: number;
  readonly lines: { readonly connections: readonly unknown[] };
  readonly happenings: readonly { readonly kind: string; readonly agoMs: number }[];
}

/** A board of which the test is the clock, the pods and Redis. */
function setUp() {
  const world = {
    now: 0,
    sightings: [] as Sighting[],
    ended: [] as string[],
    notBegun: undefined as string | undefined,
  };
  const board = new Board({
    sightings: () => world.sightings,
    ended: () => world.ended,
    redisAway: () => false,
    notBegun: () => world.notBegun,
    intervalMs: 4000,
    now: () => world.now,
  });
  const lookAt = (now: number) => {
    world.now = now;
    board.look();
    return JSON.parse(board.text()) as Shown;
  };
  return { world, board, lookAt };
}

test("before anything is known it says what it waits for, and what is there then has not joined", () => {
  const { world, board, lookAt } = setUp();
  expect(JSON.parse(board.text())).toEqual({ ageMs: 0, waiting: "starting" });
  world.notBegun = "Redis can't be reached";
  expect(lookAt(1000)).toEqual({ ageMs: 0, waiting: "Redis can't be reached" });
  world.notBegun = undefined;
  world.sightings = [sighting("a")];
  expect(lookAt(2000)).toMatchObject({ pods: [{ pod: "a" }], happenings: [] });
});

test("it is as old as the round that it tells of, whenever it is asked for", () => {
  const { world, board, lookAt } = setUp();
  lookAt(1000);
  world.now = 3500;
  expect(JSON.parse(board.text())).toMatchObject({ ageMs: 2500 });
});

test("what has happened, and a pod that has gone, is shown for a minute", () => {
  const { world, lookAt } = setUp();
  world.sightings = [sighting("a"), sighting("b", "draining")];
  lookAt(0);
  world.sightings = [sighting("a")];
  world.ended = ["b"];
  expect(lookAt(4000)).toMatchObject({
    pods: [
      { pod: "a", state: "up" },
      { pod: "b", state: "ended" },
    ],
    happenings: [{ kind: "ended", pod: "b", agoMs: 0 }],
  });
  expect(lookAt(60_000)).toMatchObject({ pods: [{}, { pod: "b" }], happenings: [{ agoMs: 56_000 }] });
  const later = lookAt(64_000);
  expect([later.pods.length, later.happenings.length]).toEqual([1, 0]);
});

test("pods are in the order of their names, whatever that in which they were found", () => {
  const { world, lookAt } = setUp();
  const unnamed = { ...sighting("", "unreachable"), pod: undefined };
  world.sightings = [unnamed, sighting("b"), sighting("c"), sighting("a")];
  expect(lookAt(0).pods.map(({ pod }) => pod)).toEqual(["a", "b", "c", null]);
});

test("however many pods there are and whatever they say, it is one line of bounded length", () => {
  const { world, board, lookAt } = setUp();
  world.sightings = Array.from({ length: 1000 }, (_, i) => sighting(`pod-${i}`));
  lookAt(0);
  world.sightings = world.sightings.map(({ pod = "" }) => sighting(`${pod}-again`, "late"));
  for (let now = 4000; now < 800_000; now += 4000) lookAt(now);
  world.sightings = world.sightings.map(({ pod = "" }) => sighting(`${pod}-again`, "late"));
  const shown = lookAt(800_000);
  expect(board.text()).not.toContain("\n");
  expect(board.text().length).toBeLessThan(80_000);
  expect(shown.pods).toHaveLength(200);
  expect(shown.podsNotShown).toBe(800);
  expect(shown.missing).toEqual(["1000 of 1000 pods did not answer"]);
  expect(shown.lines.connections).toHaveLength(75);
  expect(shown.happenings).toHaveLength(100);
});
