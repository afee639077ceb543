import { expect, test } from "vitest";
import { Deadlines } from "./deadlines.ts";

test("each is told once, when its period is over, the oldest first", () => {
  const deadlines = new Deadlines<string>(10);
  deadlines.add("first", 0);
  deadlines.add("second", 5);
  deadlines.add("gone", 5);
  deadlines.remove("gone");
  expect(deadlines.over(9)).toEqual([]);
  expect(deadlines.over(15)).toEqual(["first", "second"]);
  expect(deadlines.over(100)).toEqual([]);
});

test("who is added again begins anew", () => {
  const deadlines = new Deadlines<string>(10);
  deadlines.add("renewed", 0);
  deadlines.add("other", 1);
  deadlines.add("renewed", 2);
  expect(deadlines.over(11)).toEqual(["other"]);
  expect(deadlines.over(12)).toEqual(["renewed"]);
});

test("of many whose time is over at once, only so many are taken away at a time", () => {
  const deadlines = new Deadlines<number>(10);
  for (let n = 1; n <= 5; n++) deadlines.add(n, 0);
  expect(deadlines.over(10, 3)).toEqual([1, 2, 3]);
  expect(deadlines.over(10, 3)).toEqual([4, 5]);
});
