// An outage of Redis that lasts: five times as long as the lease.
import { test } from "vitest";
import { survivesWithoutRedis } from "../helpers/outage.ts";

test("Redis is away for 30 s, and comes back empty: all heals within 10 s, and who stayed was never gone", () =>
  survivesWithoutRedis(30));
