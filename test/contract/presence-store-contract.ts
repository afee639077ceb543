// What every PresenceStore promises, whatever keeps its state.
import type { Holder, PresenceEntry, PresenceStore, UserReading } from "@jongleur/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OpenStore, StoreUnderTest } from "./store-under-test.ts";

const holder = (sessionId: string, pod = "pod-1", epoch = 1): Holder => ({ sessionId, pod, epoch });
const entry = (uid: string, sessionId: string, pod = "pod-1", epoch = 1): PresenceEntry => ({
  ...holder(sessionId, pod, epoch),
  uid,
  protocol: "jsongle",
});
const byId = (reading: UserReading) =>
  "sessions" in reading && reading.sessions.toSorted((a, b) => a.sessionId.localeCompare(b.sessionId));

export function describePresenceStore(name: string, open: OpenStore<PresenceStore>): void {
  describe(`PresenceStore: ${name}`, () => {
    let opened: StoreUnderTest<PresenceStore>;
    let one: PresenceStore;
    let other: PresenceStore;

    beforeEach(async () => {
      opened = await open();
      [one, other] = opened.pods;
    });
    afterEach(() => opened.close());

    test("a user is online from its first session to the end of its last", async () => {
      expect(await one.online(entry("u", "a"))).toEqual({ outcome: "online", first: true });
      expect(await other.online(entry("u", "b", "pod-2"))).toEqual({ outcome: "online", first: false });
      expect(byId(await one.sessionsOf("u"))).toEqual([entry("u", "a"), entry("u", "b", "pod-2")]);
      expect(await other.offline("u", holder("a"))).toEqual({ outcome: "offline", last: false });
      expect(await one.offline("u", holder("b", "pod-2"))).toEqual({ outcome: "offline", last: true });
      expect(await one.sessionsOf("u")).toEqual({ outcome: "read", sessions: [] });
    });

    test("coming or going twice is noticed once", async () => {
      await one.online(entry("u", "a"));
      expect(await other.online(entry("u", "a"))).toEqual({ outcome: "online", first: false });
      expect(await one.offline("u", holder("a"))).toEqual({ outcome: "offline", last: true });
      expect(await other.offline("u", holder("a"))).toEqual({ outcome: "offline", last: false });
      expect(await one.offline("nobody", holder("a"))).toEqual({ outcome: "offline", last: false });
    });

    test("of a user's sessions as many come online as may, also where all come at once on two pods", async () => {
      const arrivals = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          i % 2 === 0 ? one.online(entry("u", `s${i}`), 7) : other.online(entry("u", `s${i}`, "pod-2"), 7),
        ),
      );
      expect(arrivals.filter(({ outcome }) => outcome === "online")).toHaveLength(7);
      expect(arrivals.filter(({ outcome }) => outcome === "full")).toHaveLength(13);
      expect(byId(await one.sessionsOf("u"))).toHaveLength(7);
      expect(await one.online(entry("another", "s"), 7)).toEqual({ outcome: "online", first: true });
    });

    test("a session that has gone makes room for another", async () => {
      await one.online(entry("u", "a"), 1);
      expect(await other.online(entry("u", "b", "pod-2"), 1)).toEqual({ outcome: "full" });
      await one.offline("u", holder("a"));
      expect(await other.online(entry("u", "b", "pod-2"), 1)).toEqual({ outcome: "online", first: true });
    });

    test("a session that is online is never refused, under whichever epoch, nor where no limit is given", async () => {
      await one.online(entry("u", "a"));
      await one.online(entry("u", "b"));
      expect(await one.online(entry("u", "a", "pod-1", 1), 1)).toEqual({ outcome: "online", first: false });
      expect(await one.online(entry("u", "a", "pod-1", 2), 1)).toEqual({ outcome: "online", first: false });
      expect(await other.online(entry("u", "c", "pod-2"), 2)).toEqual({ outcome: "full" });
      expect(await other.online(entry("u", "c", "pod-2"))).toEqual({ outcome: "online", first: false });
    });

    test("uids are taken literally, and users are kept apart", async () => {
      for (const uid of ["*", "{u}", "u:sessions", "__proto__", "ü ☂", "\u0000"]) {
        expect(await one.online(entry(uid, "a"))).toEqual({ outcome: "online", first: true });
        expect(await other.sessionsOf(uid)).toEqual({ outcome: "read", sessions: [entry(uid, "a")] });
      }
    });

    test("a session under a new epoch is that epoch's, and only its holder can end it", async () => {
      await one.online(entry("u", "a"));
      expect(await one.online(entry("u", "a", "pod-1", 2))).toEqual({ outcome: "online", first: false });
      expect(await one.sessionsOf("u")).toEqual({ outcome: "read", sessions: [entry("u", "a", "pod-1", 2)] });
      for (const stranger of [holder("a"), holder("a", "pod-2", 2), holder("a", "pod-1", 22)]) {
        expect(await other.offline("u", stranger)).toEqual({ outcome: "offline", last: false });
      }
      expect(await one.offline("u", holder("a", "pod-1", 2))).toEqual({ outcome: "offline", last: true });
    });

    test("what comes under an older epoch than that by which it is held changes nothing", async () => {
      await one.online(entry("u", "a", "pod-1", 10));
      expect(await other.online(entry("u", "a", "pod-1", 9))).toEqual({ outcome: "unavailable" });
      expect(await one.sessionsOf("u")).toEqual({ outcome: "read", sessions: [entry("u", "a", "pod-1", 10)] });
      await one.takeMucPlace("u", holder("a", "pod-1", 10), "m1", 1);
      expect(await other.takeMucPlace("u", holder("a", "pod-1", 9), "m1", 1)).toEqual({ outcome: "unavailable" });
      await one.returnMucPlace("u", holder("a", "pod-1", 10), "m1");
      expect(await one.takeMucPlace("u", holder("b"), "m2", 1)).toEqual({ outcome: "taken" });
    });

    test("only the holder of a place can return it", async () => {
      await one.takeMucPlace("u", holder("a"), "m1", 1);
      expect(await one.takeMucPlace("u", holder("a", "pod-1", 2), "m1", 1)).toEqual({ outcome: "already" });
      await other.returnMucPlace("u", holder("a"), "m1");
      expect(await one.takeMucPlace("u", holder("b"), "m2", 1)).toEqual({ outcome: "full" });
      await other.returnMucPlace("u", holder("a", "pod-1", 2), "m1");
      expect(await one.takeMucPlace("u", holder("b"), "m2", 1)).toEqual({ outcome: "taken" });
    });

    test("a user is in as many MUCs as the limit allows, over all its sessions", async () => {
      expect(await one.takeMucPlace("u", holder("a"), "m1", 2)).toEqual({ outcome: "taken" });
      expect(await other.takeMucPlace("u", holder("b"), "m2", 2)).toEqual({ outcome: "taken" });
      expect(await one.takeMucPlace("u", holder("a"), "m3", 2)).toEqual({ outcome: "full" });
      expect(await other.takeMucPlace("other user", holder("a"), "m3", 2)).toEqual({ outcome: "taken" });
    });

    test("a MUC counts once, however many sessions of the user are in it", async () => {
      await one.takeMucPlace("u", holder("a"), "m1", 1);
      expect(await other.takeMucPlace("u", holder("b"), "m1", 1)).toEqual({ outcome: "taken" });
      expect(await other.takeMucPlace("u", holder("b"), "m1", 1)).toEqual({ outcome: "already" });
      expect(await one.takeMucPlace("u", holder("b"), "m2", 1)).toEqual({ outcome: "full" });
    });

    test("a place is free once the last session has returned it", async () => {
      await one.takeMucPlace("u", holder("a"), "m1", 1);
      await one.takeMucPlace("u", holder("b"), "m1", 1);
      await other.returnMucPlace("u", holder("a"), "m1");
      expect(await one.takeMucPlace("u", holder("a"), "m2", 1)).toEqual({ outcome: "full" });
      await other.returnMucPlace("u", holder("b"), "m1");
      expect(await one.takeMucPlace("u", holder("a"), "m2", 1)).toEqual({ outcome: "taken" });
    });

    test("returning a place that isn't held, or twice, gives nothing away", async () => {
      await one.takeMucPlace("u", holder("a"), "m1", 1);
      await other.returnMucPlace("u", holder("b"), "m1");
      await other.returnMucPlace("u", holder("a"), "m2");
      expect(await one.takeMucPlace("u", holder("a"), "m2", 1)).toEqual({ outcome: "full" });
      await one.returnMucPlace("u", holder("a"), "m1");
      await one.returnMucPlace("u", holder("a"), "m1");
      expect(await one.takeMucPlace("u", holder("a"), "m2", 1)).toEqual({ outcome: "taken" });
    });

    test("of simultaneous takers exactly as many get a place as there are", async () => {
      const places = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          opened.pods[i % 2 === 0 ? 0 : 1].takeMucPlace("u", holder(`s${i % 3}`), `m${i}`, 10),
        ),
      );
      expect(places.filter(({ outcome }) => outcome === "taken")).toHaveLength(10);
      expect(places.filter(({ outcome }) => outcome === "full")).toHaveLength(20);
    });
  });
}
