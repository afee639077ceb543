import { expect, test } from "vitest";
import { AdminTokens, readAdminTokens } from "./admin-tokens.ts";

const [ONE, OTHER] = ["1".repeat(32), `${"Ab9-._~+/".repeat(4)}==`] as const;

test.each([
  ["one", ONE, [ONE]],
  ["two, with blanks between them", ` ${ONE} , ${OTHER}`, [ONE, OTHER]],
  ["none", "", []],
  ["none, in blanks", "  ", []],
])("a list of %s is read", (_name, list, tokens) => {
  expect(readAdminTokens(list)).toEqual(tokens);
});

test.each([
  ["is too short", "1".repeat(31)],
  ["is too long", "1".repeat(513)],
  ["has a blank", `${ONE} ${ONE}`],
  ["can't be a bearer token", `${ONE}ü`],
  ["is empty, beside a good one", `${ONE},`],
  ["is too short, beside a good one", `${ONE},1`],
])("a list with a token that %s is refused", (_name, list) => {
  expect(readAdminTokens(list)).toBeUndefined();
});

test("each token counts, and nothing else", () => {
  const tokens = new AdminTokens([ONE, OTHER]);
  expect([ONE, OTHER].map((token) => tokens.include(token))).toEqual([true, true]);
  for (const shown of ["", ONE.slice(1), `${ONE}1`, `${ONE},${OTHER}`]) expect(tokens.include(shown)).toBe(false);
  expect(new AdminTokens([]).include("")).toBe(false);
});
