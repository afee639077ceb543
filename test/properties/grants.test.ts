// For any grants and any joins, what a pod does is what a few lines say, also after other tokens.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { JWT_SECRET } from "../helpers/mse-client.ts";
import { type Pod, startPod } from "../helpers/pod.ts";
import { enterJsongle, tokenOf } from "../helpers/tokens.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod({ jwtSecret: JWT_SECRET });
});
afterAll(() => pod.stop());

type Grants = { rooms?: string[]; muc?: string[]; roles?: string[]; maxSessions?: number };
type Kind = "session-join" | "muc-join";

/** What a token allows, said once more and otherwise than the service does. */
function allows(grants: Grants | undefined, query: Kind, rid: string): boolean {
  const list = query === "session-join" ? grants?.rooms : grants?.muc;
  if (list === undefined) return true;
  for (const grant of list) {
    const last = grant.length - 1;
    const wild = grant[last] === "*";
    let same = wild ? rid.length >= last : rid.length === grant.length;
    for (let i = 0; same && i < (wild ? last : grant.length); i++) same = rid[i] === grant[i];
    if (same) return true;
  }
  return false;
}

/** Few letters, so that grants and names meet; those that mean something elsewhere among them. */
const name = fc
  .array(fc.constantFrom("a", "b", "*", "**", "?", "\\", ".", "/", "#", " ", "\u0000", "ä", "__proto__", "\ud83d"), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(""));
const list = fc.option(fc.array(name, { maxLength: 4 }), { nil: undefined });
const grants: fc.Arbitrary<Grants | undefined> = fc.option(
  fc.record({ rooms: list, muc: list, roles: fc.constantFrom(undefined, [], ["moderator"]) }) as fc.Arbitrary<Grants>,
  { nil: undefined },
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ query: fc.constantFrom<Kind>("session-join", "muc-join"), rid: name }) },
  { weight: 1, arbitrary: fc.record({ fresh: grants }) },
);

test("a join is refused with 403003 where the token does not allow it, and only there", async () => {
  const counts = { refused: 0, granted: 0, refreshes: 0 };
  await fc.assert(
    fc.asyncProperty(grants, fc.array(step, { minLength: 5, maxLength: 30 }), async (first, steps) => {
      const party = await enterJsongle(pod.url, undefined, { jongleur: first });
      let held = first;
      for (const each of steps) {
        if ("fresh" in each) {
          held = each.fresh;
          await party.request("token-refresh", { token: await tokenOf(party.uid, { jongleur: held }) });
          counts.refreshes += 1;
          continue;
        }
        const code = await party.request(each.query, { rid: each.rid }).then(
          () => undefined,
          (error: { code: number }) => error.code,
        );
        const granted = allows(held, each.query, each.rid);
        // 403001: it is in a room of the other kind by that name, or in as many MUCs as may be.
        expect([undefined, 403001, 403003]).toContain(code);
        expect(code === 403003, `${JSON.stringify(held)} ${each.query} ${JSON.stringify(each.rid)}`).toBe(!granted);
        counts[granted ? "granted" : "refused"] += 1;
        if (code === undefined) await party.request("session-leave", { rid: each.rid });
      }
      party.close();
    }),
    { numRuns: 60 },
  );
  expect(counts.refused).toBeGreaterThan(20);
  expect(counts.granted).toBeGreaterThan(20);
  expect(counts.refreshes).toBeGreaterThan(5);
}, 60_000);
