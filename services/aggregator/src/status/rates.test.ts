import { expect, test } from "vitest";
import type { Sighting } from "../sighting.ts";
import { Rates } from "./rates.ts";

const sighting = (pod: string, answered: number, relayed: number, state: Sighting["state"] = "up"): Sighting => ({
  url: "http://127.0.0.1:1",
  pod,
  state,
  version: "1",
  started: undefined,
  leaseEnd: undefined,
  answered,
  gauges: [],
  relayed,
  zeroes: [],
});

test("a pod has a rate from its second answer on: what it counted before is no peak of now", () => {
  const rates = new Rates();
  expect([...rates.take([sighting("a", 0, 1_000_000)])]).toEqual([]);
  expect([...rates.take([sighting("a", 4000, 1_000_100), sighting("b", 4000, 7)])]).toEqual([["a", 25]]);
  expect([...rates.take([sighting("a", 8000, 1_000_100), sighting("b", 8000, 9)])]).toEqual([
    ["a", 0],
    ["b", 0.5],
  ]);
});

test("a pod that is late has no rate, and one over all the time when it answers again", () => {
  const rates = new Rates();
  rates.take([sighting("a", 0, 0)]);
  rates.take([sighting("a", 4000, 400)]);
  expect([...rates.take([sighting("a", 4000, 400, "late")])]).toEqual([]);
  expect([...rates.take([sighting("a", 12_000, 480)])]).toEqual([["a", 10]]);
});
