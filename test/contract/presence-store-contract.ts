// What every PresenceStore promises, whatever keeps its state.
import type { PresenceEntry, PresenceStore } from "@jongleur/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OpenStore, StoreUnderTest } from "./store-under-test.ts";

const entry = (uid: string, sessionId: string, pod = "pod-1"): PresenceEntry => ({
  uid,
  sessionId,
  pod,
  protocol: "jsongle",
});
const byId = (entries: readonly PresenceEntry[]) => entries.toSorted((a, b) => a.sessionId.localeCompare(b.sessionId));

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
      expect(await one.online(entry("u", "a"))).toEqual({ first: true });
      expect(await other.online(entry("u", "b", "pod-2"))).toEqual({ first: false });
      expect(byId(await one.sessionsOf("u"))).toEqual([entry("u", "a"), entry("u", "b", "pod-2")]);
      expect(await other.offline("u", "a")).toEqual({ last: false });
      expect(await one.offline("u", "b")).toEqual({ last: true });
      expect(await one.sessionsOf("u")).toEqual([]);
    });

    test("coming or going twice is noticed once", async () => {
      await one.online(entry("u", "a"));
      expect(await other.online(entry("u", "a"))).toEqual({ first: false });
      expect(await one.offline("u", "a")).toEqual({ last: true });
      expect(await other.offline("u", "a")).toEqual({ last: false });
      expect(await one.offline("nobody", "a")).toEqual({ last: false });
    });

    test("uids are taken literally, and users are kept apart", async () => {
      for (const uid of ["*", "{u}", "u:sessions", "__proto__", "ü ☂", "\u0000"]) {
        expect(await one.online(entry(uid, "a"))).toEqual({ first: true });
        expect(await other.sessionsOf(uid)).toEqual([entry(uid, "a")]);
      }
    });

    test("a user is in as many MUCs as the limit allows, over all its sessions", async () => {
      expect(await one.takeMucPlace("u", "a", "m1", 2)).toBe("taken");
      expect(await other.takeMucPlace("u", "b", "m2", 2)).toBe("taken");
      expect(await one.takeMucPlace("u", "a", "m3", 2)).toBe("full");
      expect(await other.takeMucPlace("other user", "a", "m3", 2)).toBe("taken");
    });

    test("a MUC counts once, however many sessions of the user are in it", async () => {
      await one.takeMucPlace("u", "a", "m1", 1);
      expect(await other.takeMucPlace("u", "b", "m1", 1)).toBe("taken");
      expect(await other.takeMucPlace("u", "b", "m1", 1)).toBe("already");
      expect(await one.takeMucPlace("u", "b", "m2", 1)).toBe("full");
    });

    test("a place is free once the last session has returned it", async () => {
      await one.takeMucPlace("u", "a", "m1", 1);
      await one.takeMucPlace("u", "b", "m1", 1);
      await other.returnMucPlace("u", "a", "m1");
      expect(await one.takeMucPlace("u", "a", "m2", 1)).toBe("full");
      await other.returnMucPlace("u", "b", "m1");
      expect(await one.takeMucPlace("u", "a", "m2", 1)).toBe("taken");
    });

    test("returning a place that isn't held, or twice, gives nothing away", async () => {
      await one.takeMucPlace("u", "a", "m1", 1);
      await other.returnMucPlace("u", "b", "m1");
      await other.returnMucPlace("u", "a", "m2");
      expect(await one.takeMucPlace("u", "a", "m2", 1)).toBe("full");
      await one.returnMucPlace("u", "a", "m1");
      await one.returnMucPlace("u", "a", "m1");
      expect(await one.takeMucPlace("u", "a", "m2", 1)).toBe("taken");
    });

    test("of simultaneous takers exactly as many get a place as there are", async () => {
      const places = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          opened.pods[i % 2 === 0 ? 0 : 1].takeMucPlace("u", `s${i % 3}`, `m${i}`, 10),
        ),
      );
      expect(places.filter((place) => place === "taken")).toHaveLength(10);
      expect(places.filter((place) => place === "full")).toHaveLength(20);
    });
  });
}
