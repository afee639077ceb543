import fc from "fast-check";
import { expect, test } from "vitest";
import { BOUNDS, Durations } from "./durations.ts";

test("each duration counts once, under the least bound that is not below it", () => {
  const law = fc.property(fc.array(fc.double({ min: 0, max: 10_000, noNaN: true })), (all) => {
    const durations = new Durations(BOUNDS.remote);
    for (const ms of all) durations.add(ms);
    const upTo = (bound: number) => all.filter((ms) => ms / 1000 <= bound).length;
    const below = BOUNDS.remote.map((_, i) => durations.counts.slice(0, i + 1).reduce((sum, count) => sum + count, 0));
    expect(below).toEqual(BOUNDS.remote.map(upTo));
    expect(durations.counts.reduce((sum, count) => sum + count, 0)).toBe(all.length);
    expect(durations.sum).toBeCloseTo(all.reduce((sum, ms) => sum + ms / 1000, 0));
  });
  fc.assert(law);
});
