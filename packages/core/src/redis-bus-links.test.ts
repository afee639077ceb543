import { expect, test } from "vitest";
import { RedisBusLinks } from "./redis-bus-links.ts";

const batch = (seq: number, link = "l", from = "a") => ({ from, link, seq, items: [] });

test("batches that follow each other are next, from each pod by itself", () => {
  const links = new RedisBusLinks();
  expect([batch(1), batch(2), batch(1, "m", "b"), batch(3)].map((each) => links.take(each))).toEqual(
    Array(4).fill("next"),
  );
});

test("a batch that was repeated, or overtaken by a later one, is stale", () => {
  const links = new RedisBusLinks();
  expect([1, 1, 3, 2, 3, 4].map((seq) => links.take(batch(seq)))).toEqual([
    "next",
    "stale",
    "gap",
    "stale",
    "stale",
    "next",
  ]);
});

test("a link that does not begin with its first batch has a gap, a new link has none", () => {
  const links = new RedisBusLinks();
  expect([batch(7), batch(8), batch(1, "new")].map((each) => links.take(each))).toEqual(["gap", "next", "next"]);
});

test("a link is forgotten when it has been unused for long, and not before", () => {
  const links = new RedisBusLinks();
  links.take(batch(1));
  links.sweep();
  links.sweep();
  expect(links.take(batch(2))).toBe("next");
  for (let i = 0; i < 3; i += 1) links.sweep();
  expect(links.take(batch(3))).toBe("gap");
});
