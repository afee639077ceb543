import fc from "fast-check";
import { expect, test } from "vitest";
import { Bucket, readRate } from "./rate.ts";

const rates = fc.record({ perSecond: fc.integer({ min: 1, max: 10_000 }), burst: fc.integer({ min: 1, max: 500 }) });
/** Pauses between attempts, in milliseconds. */
const pauses = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 300 });

test("never more pass than the burst and what has come back since, and no fewer than that", () => {
  fc.assert(
    fc.property(rates, pauses, ({ perSecond, burst }, gaps) => {
      const bucket = new Bucket();
      let [now, level] = [5, burst];
      for (const gap of gaps) {
        now += gap;
        level = Math.min(burst, level + (gap * perSecond) / 1000);
        // Closer than this to a whole one, the two ways to count may differ.
        if (Math.abs(level - 1) < 1e-6) return;
        const taken = bucket.take({ perSecond, burst }, now);
        expect(taken).toBe(level >= 1);
        if (taken) level -= 1;
      }
    }),
  );
});

test("who waits as long as it was told gets the next one", () => {
  fc.assert(
    fc.property(rates, pauses, (rate, gaps) => {
      const bucket = new Bucket();
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (bucket.take(rate, now)) continue;
        expect(bucket.wait(rate, now)).toBeGreaterThan(0);
        now += bucket.wait(rate, now);
        expect(bucket.take(rate, now)).toBe(true);
      }
    }),
  );
});

test("a bucket that has come back is as good as new", () => {
  const bucket = new Bucket();
  const rate = { perSecond: 10, burst: 2 };
  expect(bucket.isFull(0)).toBe(true);
  for (const expected of [true, true, false]) expect(bucket.take(rate, 0)).toBe(expected);
  expect(bucket.isFull(199)).toBe(false);
  expect(bucket.isFull(201)).toBe(true);
});

test.each([
  ["10/50", { perSecond: 10, burst: 50 }],
  ["1/1", { perSecond: 1, burst: 1 }],
  ["0", "none"],
  ["0/5", undefined],
  ["5/0", undefined],
  ["10", undefined],
  ["10/", undefined],
  ["1.5/2", undefined],
  ["-1/2", undefined],
  ["10/50/90", undefined],
  ["", undefined],
  ["99999999/1", undefined],
])("the rate %j is read as %j", (text, expected) => {
  expect(readRate(text)).toEqual(expected);
});
