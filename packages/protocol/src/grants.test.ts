import { expect, test } from "vitest";
import { MAX_GRANTED, MAX_GRANTED_LENGTH, mayJoin, NO_GRANTS, parseGrants } from "./grants.ts";

test("a token without the claim allows any room, and gives no role", () => {
  expect(parseGrants(undefined)).toEqual({ grants: NO_GRANTS });
  expect(mayJoin(NO_GRANTS, { rid: "r", kind: "room" })).toBe(true);
  expect(mayJoin(NO_GRANTS, { rid: "r", kind: "muc" })).toBe(true);
});

test("each property may be there or not", () => {
  expect(parseGrants({})).toEqual({ grants: { roles: [] } });
  const all = { rooms: ["a", "b*"], muc: [], roles: ["moderator"], maxSessions: 3 };
  expect(parseGrants(all)).toEqual({ grants: all });
});

test.each([
  ["jongleur", null],
  ["jongleur", "any"],
  ["jongleur", []],
  ["jongleur.rooms", { rooms: "a" }],
  ["jongleur.rooms", { rooms: null }],
  ["jongleur.rooms", { rooms: [""] }],
  ["jongleur.rooms", { rooms: ["a", 7] }],
  ["jongleur.rooms", { rooms: [["a"]] }],
  ["jongleur.rooms", { rooms: { length: 0 } }],
  ["jongleur.rooms", { rooms: Array(MAX_GRANTED + 1).fill("a") }],
  ["jongleur.rooms", { rooms: ["a".repeat(MAX_GRANTED_LENGTH + 1)] }],
  ["jongleur.muc", { muc: true }],
  ["jongleur.roles", { roles: "moderator" }],
  ["jongleur.roles", { roles: ["admin"] }],
  ["jongleur.roles", { roles: ["Moderator"] }],
  ["jongleur.roles", { roles: ["__proto__"] }],
  ["jongleur.maxSessions", { maxSessions: 0 }],
  ["jongleur.maxSessions", { maxSessions: -1 }],
  ["jongleur.maxSessions", { maxSessions: 1.5 }],
  ["jongleur.maxSessions", { maxSessions: "3" }],
  ["jongleur.maxSessions", { maxSessions: null }],
  ["jongleur.maxSessions", { maxSessions: 1e9 }],
  ["'room'", { room: ["a"] }],
  ["'mucs'", { mucs: ["a"] }],
  ["'__proto__'", JSON.parse('{"__proto__":{"roles":["moderator"]}}')],
])("a fault is told by its name: %s in %j", (name, claim) => {
  expect(parseGrants(claim)).toEqual({ fault: expect.stringContaining(name) });
});

test.each([
  ["a", "a", true],
  ["a", "ab", false],
  ["a", "A", false],
  ["a*", "a", true],
  ["a*", "ab", true],
  ["a*", "b", false],
  ["*", "anything", true],
  ["a*b", "a*b", true],
  ["a*b", "axb", false],
  ["*b", "ab", false],
  // There is no escape: the second star is the wildcard.
  ["a**", "a*", true],
  ["a**", "a*b", true],
  ["a**", "ab", false],
  ["a\\*", "a*", false],
  ["a\\*", "a\\b", true],
  ["a?", "ab", false],
  [".*x", "ax", false],
  // Not what looks alike: names are compared character by character.
  ["\u00e9", "e\u0301", false],
])("a grant of %j for the room %j: %s", (grant, rid, allowed) => {
  expect(mayJoin({ roles: [], rooms: [grant] }, { rid, kind: "room" })).toBe(allowed);
  expect(mayJoin({ roles: [], muc: [grant] }, { rid, kind: "muc" })).toBe(allowed);
});

test("rooms and MUCs are granted apart, and an empty list is none", () => {
  const grants = { roles: [], rooms: ["a"], muc: [] };
  expect(mayJoin(grants, { rid: "a", kind: "room" })).toBe(true);
  expect(mayJoin(grants, { rid: "a", kind: "muc" })).toBe(false);
  expect(mayJoin({ roles: [], rooms: ["a"] }, { rid: "b", kind: "muc" })).toBe(true);
});
