import { NO_GRANTS } from "@jongleur/protocol";
import { expect, test } from "vitest";
import type { JsongleSession } from "./session.ts";
import { lookAfter } from "./upkeep.ts";

/** What happens to a session, whose token ends at second 1000, when it is looked after at those milliseconds. */
function fates(exp: number | undefined, ...moments: readonly number[]): string[] {
  const fates: string[] = [];
  const session = { bearer: { uid: "u", grants: NO_GRANTS, exp }, toldOf: undefined } as unknown as JsongleSession;
  const upkeep = {
    tell: (_session: JsongleSession, expires: Date) => fates.push(`told of ${expires.getTime()}`),
    end: () => fates.push("ended"),
  };
  for (const now of moments) lookAfter(session, now, upkeep);
  return fates;
}

test("the client is told thirty seconds before, once, and its session ends behind the leeway", () => {
  expect(fates(1000, 0, 969_999)).toEqual([]);
  expect(fates(1000, 970_000, 971_000, 1_000_001)).toEqual(["told of 1000000"]);
  expect(fates(1000, 1_005_000)).toEqual(["told of 1000000"]);
  expect(fates(1000, 1_005_001)).toEqual(["ended"]);
});

test("a token without an end has none", () => {
  expect(fates(undefined, 0, Number.MAX_SAFE_INTEGER)).toEqual([]);
});
