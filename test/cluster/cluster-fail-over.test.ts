// In a Cluster, a master of Redis fails, and its replica takes its place; test/soak has the cases left out here.
import { test } from "vitest";
import { healsInCluster } from "../helpers/fail-over.ts";

test.each([
  { how: "killed", what: "the pods' leases" },
  { how: "paused", what: "a room" },
] as const)(
  "in a Cluster, the master that has $what is $how and replaced, and all heals within 10 s",
  ({ how, what }) => healsInCluster(how, what),
);
