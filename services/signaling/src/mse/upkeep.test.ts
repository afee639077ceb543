import { NO_GRANTS } from "@jongleur/protocol";
import { expect, test } from "vitest";
import type { MseSession } from "./session.ts";
import { lookAfter } from "./upkeep.ts";

/** What becomes of a session of that state, of the moment 100 s by both clocks. */
function fate(state: Partial<MseSession>): unknown {
  let fate: unknown = "nothing";
  const session = {
    claims: undefined,
    tokenDue: 110_000,
    heldBack: false,
    pinged: 100_000,
    alive: true,
    close: (code: number) => {
      fate = code;
    },
    terminate: () => {
      fate = "terminated";
    },
    ping: () => {
      fate = "pinged";
    },
    ...state,
  } as unknown as MseSession;
  lookAfter(session, { now: 100_000, monotonic: 100_000 }, 30_000);
  return fate;
}

const claims = (exp?: number) => ({ userId: "u", roomId: "r", rid: ":r", grants: NO_GRANTS, exp });

test.each([
  ["nothing, just come", {}, "nothing"],
  ["nothing, at the moment when its token is due", { tokenDue: 100_000 }, "nothing"],
  ["an end, without a token by then", { tokenDue: 99_999 }, 4001],
  ["nothing, with a token without an end", { tokenDue: 0, claims: claims() }, "nothing"],
  ["nothing, in the time of grace after leeway", { claims: claims(65) }, "nothing"],
  ["an end, after it", { claims: claims(64) }, 4001],
  ["a ping, every ten seconds", { pinged: 90_000 }, "pinged"],
  ["a cut, if it has not answered the last", { pinged: 90_000, alive: false }, "terminated"],
  ["no cut, while nothing is read from it", { pinged: 0, alive: false, heldBack: true }, "nothing"],
  ["time to answer", { pinged: 90_001, alive: false }, "nothing"],
] as const)("a session gets %s", (_name, state, expected) => {
  expect(fate(state)).toBe(expected);
});
