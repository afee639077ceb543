import fc from "fast-check";
import { expect, test } from "vitest";
import { roomOf } from "./room.ts";

test.each([
  ["example.com", "r", "example.com:r"],
  ["a:b", "c:d%", "a%3Ab:c:d%"],
  ["100%", "%25", "100%25:%25"],
  ["%3A", "r", "%253A:r"],
  ["", "r", ":r"],
  [undefined, "r", ":r"],
])("in the domain %j the room %j is %s", (domain, roomId, room) => {
  expect(roomOf(domain, roomId)).toBe(room);
});

test("two tokens name the same room only if domain and roomId are both equal", () => {
  const name = fc.string({ unit: fc.constantFrom("a", ":", "%", "2", "5", "3", "A", "\ud800"), maxLength: 5 });
  fc.assert(
    fc.property(name, name, name, name, (domain, roomId, otherDomain, otherRoomId) => {
      const same = domain === otherDomain && roomId === otherRoomId;
      expect(roomOf(domain, roomId) === roomOf(otherDomain, otherRoomId)).toBe(same);
    }),
    { numRuns: 2000 },
  );
});

test("a name is cut at its only unescaped colon into the token's two parts", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (domain, roomId) => {
      const room = roomOf(domain, roomId);
      const colon = room.indexOf(":");
      expect(room.slice(0, colon).replaceAll("%3A", ":").replaceAll("%25", "%")).toBe(domain);
      expect(room.slice(colon + 1)).toBe(roomId);
    }),
  );
});
