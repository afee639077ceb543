// When a message counts as the expected one, and what is said where it does not.
import { expect, it } from "vitest";
import { findDifference } from "./difference.ts";

it("what holds all that is expected, and more, has no difference", () => {
  const expected = { from: "room", jsongle: { reason: "", members: [{ uid: "alice" }] } };
  const actual = {
    id: "1",
    from: "room",
    jsongle: { reason: "", members: [{ uid: "alice", dn: "Alice" }], sid: null },
  };

  expect(findDifference(expected, actual)).toBeUndefined();
});

it.each([
  [{ a: { b: "x" } }, { a: { b: "y" } }, 'a.b is "y", not "x"'],
  [{ a: { b: "x" } }, {}, 'a is missing, not {"b":"x"}'],
  [{ a: { b: "x" } }, { a: ["x"] }, 'a is ["x"], not {"b":"x"}'],
  [{ a: null }, {}, "a is missing, not null"],
  [{ a: [] }, { a: [1] }, "a is [1], not []"],
  [{ a: [1, 2] }, { a: [1, 3] }, "a.1 is 3, not 2"],
  [{ a: [1] }, { a: { 0: 1 } }, 'a is {"0":1}, not [1]'],
])("expected %j, got %j: %s", (expected, actual, difference) => {
  expect(findDifference(expected, actual)).toBe(difference);
});
