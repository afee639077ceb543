// What every RoomStore promises, whatever keeps its state.
import type { Member, RoomStore } from "@jongleur/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeRoomBars } from "./room-bars-contract.ts";
import type { OpenStore, StoreUnderTest } from "./store-under-test.ts";

const member = (sessionId: string, pod = "pod-1", epoch = 1): Member => ({
  sessionId,
  pod,
  epoch,
  identity: { uid: `uid of ${sessionId}`, dn: "Ünï ☂", extra: { nested: [1, null, "two"] } },
});

const AWKWARD_RIDS = [
  "*",
  "{}",
  "{a}b",
  "#muc#1",
  "a/b",
  " ",
  "\u0000\n",
  "__proto__",
  "\ud800",
  "\udfff",
  '\u0000"\\ud800"',
  "constructor",
  "日本",
  "x".repeat(5000),
];

export function describeRoomStore(name: string, open: OpenStore<RoomStore>): void {
  describe(`RoomStore: ${name}`, () => {
    let opened: StoreUnderTest<RoomStore>;
    let one: RoomStore;
    let other: RoomStore;

    beforeEach(async () => {
      opened = await open();
      [one, other] = opened.pods;
    });
    afterEach(() => opened.close());

    test("the first join opens the room, and fixes its kind", async () => {
      const joined = await one.join("r", member("a"), "muc", 2);
      expect(joined).toEqual({
        outcome: "joined",
        room: { rid: "r", kind: "muc", version: expect.any(Number), members: [member("a")] },
      });
      expect(await other.join("r", member("b"), "room", 2)).toEqual({ outcome: "wrongKind", kind: "muc" });
    });

    test("members come in the order in which they took their seats, each as it was given", async () => {
      await one.join("r", member("b"), "room", 3);
      await other.join("r", member("a", "pod-2"), "room", 3);
      const joined = await one.join("r", member("c"), "room", 3);
      expect(joined).toMatchObject({ room: { members: [member("b"), member("a", "pod-2"), member("c")] } });
      expect(await other.read("r")).toEqual({ outcome: "read", room: "room" in joined && joined.room });
    });

    test("a join at the limit is refused and changes nothing", async () => {
      await one.join("r", member("a"), "room", 1);
      const before = await one.read("r");
      expect(await other.join("r", member("b"), "room", 1)).toEqual({ outcome: "full" });
      expect(await one.read("r")).toEqual(before);
    });

    test("a repeated join answers already, even in a full room, and takes no seat", async () => {
      const first = await one.join("r", member("a"), "room", 1);
      expect(await other.join("r", member("a"), "room", 1)).toEqual({ ...first, outcome: "already" });
    });

    test("the other kind is refused before anything else is looked at", async () => {
      await one.join("r", member("a"), "room", 1);
      expect(await other.join("r", member("a"), "muc", 1)).toEqual({ outcome: "wrongKind", kind: "room" });
      expect(await other.join("r", member("b"), "muc", 1)).toEqual({ outcome: "wrongKind", kind: "room" });
    });

    test("each change raises the version by one, and a room opened anew starts higher", async () => {
      const versions = [
        await one.join("r", member("a"), "room", 2),
        await other.join("r", member("b"), "room", 2),
        await one.leave("r", member("a")),
        await other.leave("r", member("b")),
        await one.join("r", member("c"), "room", 2),
      ].map((answer) => ("room" in answer ? answer.room.version : Number.NaN));
      const first = versions[0] ?? Number.NaN;
      expect(versions.slice(0, -1)).toEqual([first, first + 1, first + 2, first + 3]);
      expect(versions.at(-1)).toBeGreaterThan(first + 3);
    });

    test("a leave frees the seat, and shows who stays", async () => {
      await one.join("r", member("a"), "room", 2);
      await one.join("r", member("b"), "room", 2);
      expect(await other.leave("r", member("a"))).toEqual({
        outcome: "left",
        room: { rid: "r", kind: "room", version: expect.any(Number), members: [member("b")] },
      });
      expect(await one.leave("r", member("b"))).toMatchObject({ outcome: "left", room: { members: [] } });
    });

    test("leaving a room one is not in, or twice, changes nothing", async () => {
      expect(await one.leave("r", member("a"))).toEqual({ outcome: "notAMember" });
      await one.join("r", member("a"), "room", 2);
      await one.join("r", member("b"), "room", 2);
      await one.leave("r", member("a"));
      const before = await one.read("r");
      expect(await other.leave("r", member("a"))).toEqual({ outcome: "notAMember" });
      expect(await one.read("r")).toEqual(before);
    });

    test("a room that everybody left is gone, and its name is free for either kind", async () => {
      await one.join("r", member("a"), "room", 2);
      await one.leave("r", member("a"));
      expect(await other.read("r")).toEqual({ outcome: "read", room: undefined });
      expect(await other.join("r", member("a"), "muc", 2)).toMatchObject({ outcome: "joined", room: { kind: "muc" } });
    });

    test("a join under a new epoch keeps the seat, makes it that epoch's, and shows as a gap in the versions", async () => {
      await one.join("r", member("a"), "room", 2);
      const before = await one.join("r", member("b"), "room", 2);
      const again = await one.join("r", member("a", "pod-1", 2), "room", 2);
      const version = "room" in before ? before.room.version : Number.NaN;
      const members = [member("a", "pod-1", 2), member("b")];
      expect(again).toMatchObject({ outcome: "already", room: { kind: "room", members } });
      expect("room" in again && again.room.version).toBeGreaterThan(version);
      expect(await other.join("r", member("a", "pod-1", 2), "room", 2)).toEqual(again);
      expect(await other.read("r")).toEqual({ outcome: "read", room: "room" in again && again.room });
    });

    test("a join that comes under an older epoch than the seat's changes nothing", async () => {
      await one.join("r", member("a", "pod-1", 10), "room", 2);
      const before = await one.read("r");
      expect(await other.join("r", member("a", "pod-1", 9), "room", 2)).toEqual({ outcome: "unavailable" });
      expect(await one.read("r")).toEqual(before);
    });

    test("only the holder of a seat can leave it", async () => {
      await one.join("r", member("a", "pod-1", 2), "room", 1);
      for (const stranger of [member("a", "pod-1", 1), member("a", "pod-2", 2), member("a", "pod-1", 22)]) {
        expect(await other.leave("r", stranger)).toEqual({ outcome: "notAMember" });
      }
      expect(await one.leave("r", member("a", "pod-1", 2))).toMatchObject({ outcome: "left" });
    });

    test("rids are taken literally", async () => {
      for (const [i, rid] of AWKWARD_RIDS.entries()) await one.join(rid, member(`s${i}`), "room", 2);
      for (const [i, rid] of AWKWARD_RIDS.entries()) {
        expect(await other.read(rid)).toMatchObject({ room: { rid, members: [member(`s${i}`)] } });
      }
    });

    test("of simultaneous joins exactly as many are seated as there are seats", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uuid(),
          fc.integer({ min: 1, max: 5 }),
          fc.integer({ min: 1, max: 20 }),
          async (rid, limit, joins) => {
            const outcomes = await Promise.all(
              Array.from({ length: joins }, (_, i) =>
                opened.pods[i % 2 === 0 ? 0 : 1].join(rid, member(`s${i}`), "room", limit),
              ),
            );
            const seated = outcomes.filter(({ outcome }) => outcome === "joined");
            expect(seated).toHaveLength(Math.min(limit, joins));
            expect(await one.read(rid)).toMatchObject({ room: { members: { length: seated.length } } });
          },
        ),
        { numRuns: 50 },
      );
    });

    describeRoomBars(open);
  });
}
