// The cases of fail-over in a Cluster that test/cluster leaves out.
import { test } from "vitest";
import { healsInCluster } from "../helpers/fail-over.ts";

test.each([
  { how: "paused", what: "the pods' leases" },
  { how: "killed", what: "a room" },
] as const)(
  "in a Cluster, the master that has $what is $how and replaced, and all heals within 10 s",
  ({ how, what }) => healsInCluster(how, what),
);
