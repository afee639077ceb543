// What every RoomStore promises of who is put out, banned and locked out.
import { MAX_BANS, type Member, type RoomStore } from "@jongleur/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OpenStore, StoreUnderTest } from "./store-under-test.ts";

const HOUR_MS = 3_600_000;
const by = { sessionId: "expulsion", pod: "pod-1", epoch: 1 };
const member = (sessionId: string, uid = `uid of ${sessionId}`, pod = "pod-1", epoch = 1): Member => ({
  sessionId,
  pod,
  epoch,
  identity: { uid },
});

export function describeRoomBars(open: OpenStore<RoomStore>): void {
  describe("expulsions, bans and locks", () => {
    let opened: StoreUnderTest<RoomStore>;
    let one: RoomStore;
    let other: RoomStore;

    beforeEach(async () => {
      opened = await open();
      [one, other] = opened.pods;
    });
    afterEach(() => opened.close());

    /** Seats these sessions in the room "r", a MUC. */
    const seat = async (...sessionIds: string[]) => {
      for (const sessionId of sessionIds) await one.join("r", member(sessionId), "muc", 9);
    };
    const ban = (uid: string, ms = HOUR_MS, sessionIds: string[] = []) =>
      other.expel("r", by, { sessionIds, ban: { uid, ms } });
    const versionOf = async () => {
      const reading = await one.read("r");
      return reading.outcome === "read" && reading.room ? reading.room.version : Number.NaN;
    };

    test("an expulsion is one change, puts out whom it names, and shows who stays", async () => {
      await seat("a", "b", "c");
      const version = (await versionOf()) + 1;
      const expelled = await other.expel("r", by, { sessionIds: ["a", "c", "nobody"], reason: "loud" });
      const room = { rid: "r", kind: "muc", version, members: [member("b")] };
      expect(expelled).toEqual({ outcome: "expelled", room, members: [member("a"), member("c")], until: undefined });
      expect(await one.read("r")).toEqual({ outcome: "read", room });
      const why = { reason: "loud", until: undefined };
      const reading = await one.expulsions("r");
      expect(
        reading.outcome === "read" && reading.putOut.toSorted((x, y) => (x.sessionId < y.sessionId ? -1 : 1)),
      ).toEqual([
        { sessionId: "a", pod: "pod-1", version, why },
        { sessionId: "c", pod: "pod-1", version, why },
      ]);
    });

    test("whom it names who is not there changes nothing", async () => {
      await seat("a");
      const before = await one.read("r");
      for (const name of ["b", "kind", "version", "locked", "__proto__"]) {
        expect(await one.expel("r", by, { sessionIds: [name] })).toEqual({ outcome: "notThere" });
      }
      expect(await one.expel("nowhere", by, { sessionIds: "all" })).toEqual({ outcome: "notThere" });
      expect(await one.read("r")).toEqual(before);
    });

    test("who was put out is not seated again, under any epoch, but may join anew", async () => {
      await seat("a", "b");
      await other.expel("r", by, { sessionIds: ["a"], reason: "a: b  c" });
      for (const epoch of [1, 2]) {
        expect(await one.join("r", member("a", undefined, "pod-1", epoch), "muc", 9, true)).toEqual({
          outcome: "putOut",
          why: { reason: "a: b  c", until: undefined },
        });
      }
      expect(await one.join("r", member("a"), "muc", 9)).toMatchObject({ outcome: "joined" });
      expect(await one.join("r", member("a", undefined, "pod-1", 2), "muc", 9, true)).toMatchObject({
        outcome: "already",
      });
      expect(await one.expulsions("r")).toEqual({ outcome: "read", putOut: [] });
    });

    test("everybody's expulsion closes the room: the next is another, of any kind, at a higher version", async () => {
      await seat("a", "b");
      await one.lock("r", by, true);
      const closed = await other.expel("r", by, { sessionIds: "all" });
      expect(closed).toMatchObject({ outcome: "expelled", room: { members: [] }, members: [member("a"), member("b")] });
      expect(await one.read("r")).toEqual({ outcome: "read", room: undefined });
      const next = await one.join("r", member("a"), "room", 2);
      expect(next).toMatchObject({ outcome: "joined", room: { members: [member("a")] } });
      const versions = [closed, next].map((answer) => ("room" in answer && answer.room ? answer.room.version : 0));
      expect(versions[1]).toBeGreaterThan(versions[0]!);
    });

    test("an expulsion and a lock for rooms of the other kind change nothing", async () => {
      await seat("a");
      const before = await one.read("r");
      const order = { sessionIds: "all", kind: "room", ban: { uid: "u", ms: HOUR_MS } } as const;
      expect(await one.expel("r", by, order)).toEqual({ outcome: "otherKind" });
      expect(await one.lock("r", by, true, "room")).toEqual({ outcome: "otherKind" });
      expect(await one.read("r")).toEqual(before);
      expect(await one.join("r", member("b", "u"), "muc", 9)).toMatchObject({ outcome: "joined" });
      expect(await one.expel("r", by, { ...order, kind: "muc" })).toMatchObject({ outcome: "expelled" });
    });

    test("a ban is of a user, holds for each of its sessions and both kinds, and tells its end", async () => {
      await seat("a", "b");
      const banned = await ban("uid of a", HOUR_MS, ["a"]);
      const until = "until" in banned ? banned.until : undefined;
      expect(Math.abs((until ?? 0) - Date.now() - HOUR_MS)).toBeLessThan(60_000);
      expect(await one.join("r", member("a2", "uid of a"), "muc", 9)).toEqual({ outcome: "banned", until });
      expect(await other.join("r", member("a3", "uid of a"), "muc", 9, true)).toEqual({ outcome: "banned", until });
      expect(await other.join("r", member("c"), "muc", 9)).toMatchObject({ outcome: "joined" });
      expect(await other.join("elsewhere", member("a"), "muc", 9)).toMatchObject({ outcome: "joined" });
      await one.expel("r", by, { sessionIds: "all" });
      expect(await one.join("r", member("a4", "uid of a"), "room", 9)).toEqual({ outcome: "banned", until });
      expect(await one.read("r")).toEqual({ outcome: "read", room: undefined });
    });

    test("a ban needs no room, and who is banned opens none", async () => {
      expect(await ban("\ud800")).toMatchObject({ outcome: "expelled", room: undefined, members: [] });
      expect(await one.join("r", member("a", "\ud800"), "muc", 9)).toMatchObject({ outcome: "banned" });
      expect(await one.join("r", member("a", "\udfff"), "muc", 9)).toMatchObject({ outcome: "joined" });
    });

    test("a ban ends by itself, and another of the same user takes its place", async () => {
      await ban("u", 1);
      const join = async () => (await one.join("r", member("a", "u"), "muc", 9)).outcome;
      await expect.poll(join).toBe("joined");
      await one.leave("r", member("a", "u"));
      await ban("u");
      expect(await join()).toBe("banned");
      await ban("u", 1);
      await expect.poll(join).toBe("joined");
    });

    test("a room has so many bans that have not ended, and no more", async () => {
      await ban("short", 1);
      for (let i = 1; i < MAX_BANS; i++) await ban(`u${i}`);
      await expect.poll(async () => (await ban("last")).outcome).toBe("expelled");
      expect(await ban("one too many")).toEqual({ outcome: "tooManyBans" });
      expect(await ban("u1")).toMatchObject({ outcome: "expelled" });
      expect(await one.join("r", member("a", "one too many"), "muc", 9)).toMatchObject({ outcome: "joined" });
    });

    test("nobody new gets into a locked room, but who is in it stays and is seated again", async () => {
      expect(await one.lock("r", by, true)).toEqual({ outcome: "notThere" });
      await seat("a", "b");
      const version = await versionOf();
      expect(await other.lock("r", by, true)).toEqual({ outcome: "done" });
      expect(await other.lock("r", by, true)).toEqual({ outcome: "done" });
      expect(await versionOf()).toBe(version);
      expect(await one.join("r", member("c"), "muc", 9)).toEqual({ outcome: "locked" });
      expect(await one.join("r", member("a"), "muc", 9)).toMatchObject({ outcome: "already" });
      expect(await one.join("r", member("a", undefined, "pod-1", 2), "muc", 9, true)).toMatchObject({
        outcome: "already",
      });
      await one.leave("r", member("b"));
      expect(await one.join("r", member("b"), "muc", 9)).toEqual({ outcome: "locked" });
      expect(await one.join("r", member("b", undefined, "pod-1", 2), "muc", 9, true)).toMatchObject({
        outcome: "joined",
        room: { members: [member("a", undefined, "pod-1", 2), member("b", undefined, "pod-1", 2)] },
      });
    });

    test("seats of a locked room are as many as of any", async () => {
      await one.join("r", member("a"), "muc", 2);
      await one.lock("r", by, true);
      expect(await one.join("r", member("b"), "muc", 2, true)).toMatchObject({ outcome: "joined" });
      expect(await one.join("r", member("c"), "muc", 2, true)).toEqual({ outcome: "full" });
    });

    test("a lock is taken off, or goes with the room", async () => {
      await seat("a");
      await one.lock("r", by, true);
      expect(await other.lock("r", by, false)).toEqual({ outcome: "done" });
      expect(await one.join("r", member("b"), "muc", 9)).toMatchObject({ outcome: "joined" });
      await one.lock("r", by, true);
      for (const sessionId of ["a", "b"]) await one.leave("r", member(sessionId));
      expect(await one.read("r")).toEqual({ outcome: "read", room: undefined });
      expect(await one.join("r", member("c"), "muc", 9)).toMatchObject({ outcome: "joined" });
    });

    test("whatever comes at the same time, nobody who is banned is there in the end", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uuid(), fc.integer({ min: 1, max: 12 }), fc.nat(12), async (rid, joins, at) => {
          const calls = Array.from({ length: joins }, (_, i) => () => one.join(rid, member(`s${i}`, "u"), "muc", 20));
          const all = { sessionIds: "all", ban: { uid: "u", ms: HOUR_MS } } as const;
          await Promise.all(calls.toSpliced(at, 0, () => other.expel(rid, by, all) as never).map((call) => call()));
          expect(await one.read(rid)).toEqual({ outcome: "read", room: undefined });
        }),
        { numRuns: 50 },
      );
    });
  });
}
