// With Sentinel, the master of Redis fails, and its replica takes its place.
import { test } from "vitest";
import { healsWithSentinel } from "../helpers/fail-over.ts";

test.each(["killed", "paused"] as const)(
  "with Sentinel, a master that is %s is replaced, and all heals within 10 s",
  healsWithSentinel,
);
