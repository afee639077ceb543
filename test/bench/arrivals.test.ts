// The benchmark's own judge of loss, repetition and order.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Arrivals } from "./arrivals.ts";

function arrive(numbers: readonly number[]): Arrivals {
  const arrivals = new Arrivals();
  for (const number of numbers) arrivals.take(number);
  return arrivals;
}

test("what comes once and in order is faultless", () => {
  const { doubled, reordered } = arrive([1, 2, 3]);
  expect({ doubled, reordered, lost: arrive([1, 2, 3]).lost(3) }).toEqual({ doubled: 0, reordered: 0, lost: 0 });
});

test("the last of all is missed, too", () => {
  expect(arrive([1, 2]).lost(3)).toBe(1);
});

test("what comes late is reordered, not lost", () => {
  const arrivals = arrive([1, 3, 2, 4]);
  expect([arrivals.reordered, arrivals.lost(4), arrivals.doubled]).toEqual([1, 0, 0]);
});

test("lost is what never came, and doubled what came again, in whatever order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20 })), (numbers) => {
      const arrivals = arrive(numbers);
      const distinct = new Set(numbers).size;
      expect(arrivals.lost(20)).toBe(20 - distinct);
      expect(arrivals.doubled).toBe(numbers.length - distinct);
    }),
  );
});
