import { expect, test } from "vitest";
import { readAggregatorConfig } from "./settings.ts";

const read = (settings: Readonly<Record<string, string>>) => readAggregatorConfig([settings]);

test.each([
  [{}, "redisUrl, aggregatorPods: got nothing, wants one of them: it says where the pods are"],
  [{ aggregatorPods: "http://a:1,http://b:2/path" }, /^aggregatorPods: got .* wants URLs as http:/],
  [{ aggregatorPods: "http://a:1", aggregatorScrapeSeconds: "2" }, /^aggregatorTimeoutSeconds: got 2, wants less than/],
  [{ aggregatorPods: "http://a:1", JONGLEUR_AGGREGATOR_PODZ: "x" }, /^JONGLEUR_AGGREGATOR_PODZ: there is no such/],
  [{ redisUrl: "http://a:1" }, /^redisUrl: got a value that is not shown, wants a URL as redis:/],
])("a fault is told: %j", (settings, fault) => {
  expect(read(settings)).toMatchObject({ faults: [expect.stringMatching(fault)] });
});

test("what is for pods is passed over", () => {
  expect(read({ redisUrl: "redis://a", JONGLEUR_WS_PORT: "1", JONGLEUR_WHATEVER: "2" })).toHaveProperty("config");
});
