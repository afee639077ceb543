// What pods have counted, kept in Redis: each pod counts once, whoever tells of it, however often and however late.
import { type Reading, RedisTotals } from "@jongleur/core";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type RedisCluster, startRedisCluster } from "../provision/redis-cluster.ts";
import { type Connection, connect, empty, keysIn, urlOf } from "./redis-under-test.ts";

const DB = 9;

const reading = (pod: string, number: number, more: Partial<Reading> = {}): Reading => {
  return { pod, number, last: false, text: `${pod} has counted ${number}`, ...more };
};

function describeTotals(name: string, open: () => Promise<Connection>): void {
  describe(name, () => {
    let connection: Connection;
    let totals: RedisTotals;
    beforeAll(async () => {
      connection = await open();
      totals = new RedisTotals(connection);
    });
    beforeEach(() => empty(connection));
    afterAll(() => connection?.disconnect());

    const kept = async () => {
      const answer = await totals.read();
      if (answer.outcome !== "read") throw new Error("Redis is away");
      return answer;
    };
    const textOf = async (pod: string) => (await kept()).readings.find((each) => each.pod === pod)?.text;

    test("what a pod hands over is kept only where somebody adds up", async () => {
      expect(await totals.handOver(reading("a", 1, { last: true }))).toBe("nobody");
      expect(await keysIn(connection)).toEqual([]);
      await totals.read();
      expect(await totals.handOver(reading("a", 1, { last: true }))).toBe("noted");
      expect(await textOf("a")).toBe("a has counted 1");
    });

    test("of two readings of a pod the later is kept, in whichever order they come", async () => {
      expect(await totals.note(reading("a", 10))).toBe("noted");
      expect(await totals.note(reading("a", 9))).toBe("newer");
      expect(await totals.note(reading("a", 10, { text: "again" }))).toBe("newer");
      expect(await textOf("a")).toBe("a has counted 10");
      expect(await totals.note(reading("a", 11))).toBe("noted");
      expect(await textOf("a")).toBe("a has counted 11");
    });

    test("behind what a pod has handed over nothing comes", async () => {
      await totals.note(reading("a", 5));
      await totals.handOver(reading("a", 6, { last: true }));
      expect(await totals.note(reading("a", 7))).toBe("newer");
      expect(await kept()).toMatchObject({ readings: [{ number: 6, last: true }] });
    });

    test("a pod is added to the sum once, by whichever of many aggregators, and counts no more by itself", async () => {
      await totals.note(reading("a", 5));
      const { version } = await kept();
      const fold = (sum: string) => totals.fold(reading("a", 5), { from: version, sum, age: 0 });
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, i) => fold(`sum ${i}`)));
      expect(outcomes.filter((outcome) => outcome === "folded")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "lost")).toHaveLength(7);
      const winner = outcomes.indexOf("folded");
      expect(await kept()).toMatchObject({ version: version + 1, folded: `sum ${winner}`, readings: [] });
      expect((await kept()).retired.has("a")).toBe(true);
      expect(await totals.note(reading("a", 6))).toBe("retired");
      expect(await totals.handOver(reading("a", 7, { last: true }))).toBe("retired");
    });

    test("a pod is not added to the sum by a reading that is not the latest, nor before its time", async () => {
      await totals.note(reading("a", 5));
      const { version } = await kept();
      expect(await totals.fold(reading("a", 5), { from: version, sum: "s", age: 60_000 })).toBe("young");
      await totals.note(reading("a", 6));
      expect(await totals.fold(reading("a", 5), { from: version, sum: "s", age: 0 })).toBe("lost");
      expect(await totals.fold(reading("b", 1), { from: version, sum: "s", age: 0 })).toBe("lost");
      expect(await kept()).toMatchObject({ version, folded: "", readings: [{ pod: "a", number: 6 }] });
    });

    test("a sum that Redis has lost comes back with the pods that it holds, and not over a later one", async () => {
      await totals.note(reading("a", 5));
      expect(await totals.restore(3, "sum of three", ["a", "b", "c"])).toBe("restored");
      expect(await kept()).toMatchObject({ version: 3, folded: "sum of three", readings: [] });
      expect(await totals.restore(2, "sum of two", ["a", "b"])).toBe("newer");
      expect(await totals.restore(3, "another sum of three", ["a", "b", "d"])).toBe("newer");
      expect(await totals.note(reading("b", 9))).toBe("retired");
      expect(await kept()).toMatchObject({ version: 3, folded: "sum of three", readings: [] });
      await totals.forget(["b"]);
      expect([...(await kept()).retired.keys()].sort()).toEqual(["a", "c"]);
    });

    test("all of it is one key, which goes when nobody has added up for a week", async () => {
      await totals.read();
      for (const pod of ["a", "b"]) await totals.note(reading(pod, 1));
      expect(await keysIn(connection)).toEqual(["jgl:totals"]);
      const left = await connection.pttl("jgl:totals");
      expect(left).toBeGreaterThan(6 * 24 * 3_600_000);
      expect(left).toBeLessThanOrEqual(7 * 24 * 3_600_000);
    });

    test("texts of any length and with any characters come back as they were", async () => {
      const text = `[["${"x".repeat(300_000)}", "\u0000 % %s ü 🎈 \\n"]]`;
      await totals.note(reading("a", 1, { text }));
      expect(await textOf("a")).toBe(text);
    });
  });
}

describeTotals("one Redis", () => connect(inject("redis").url, DB));

describe("a Redis Cluster", () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 60_000);
  afterAll(() => cluster?.stop());
  describeTotals("of three nodes", () => connect(urlOf(cluster)));
});
