import { expect, test } from "vitest";
import { MAX_BAN_SECONDS, MAX_REASON_LENGTH, parseModeration } from "./moderation.ts";

const refused = (field: string) => ({ error: "badParameters", details: expect.stringContaining(`'${field}'`) });

test("a kick names a user or a session, and may ban and give a reason", () => {
  expect(parseModeration("room-kick", { rid: "r", uid: "u" })).toEqual({
    command: "kick",
    rid: "r",
    target: { uid: "u" },
    banSeconds: undefined,
    reason: undefined,
  });
  const whole = { rid: "r", session: "s", seconds: MAX_BAN_SECONDS, reason: "x".repeat(MAX_REASON_LENGTH) };
  expect(parseModeration("room-kick", whole)).toMatchObject({
    target: { sessionId: "s" },
    banSeconds: MAX_BAN_SECONDS,
    reason: whole.reason,
  });
});

test.each([
  [{ rid: "r" }, "uid"],
  [{ rid: "r", uid: "u", session: "s" }, "uid"],
  [{ rid: "r", uid: "" }, "uid"],
  [{ rid: "r", uid: null }, "uid"],
  [{ rid: "r", session: 5 }, "session"],
  [{ rid: "", uid: "u" }, "rid"],
  [{ uid: "u" }, "rid"],
  ...[0, -1, 1.5, MAX_BAN_SECONDS + 1, "60", null, Number.POSITIVE_INFINITY].map((seconds) => [
    { rid: "r", uid: "u", seconds },
    "seconds",
  ]),
  ...[5, null, "x".repeat(MAX_REASON_LENGTH + 1)].map((reason) => [{ rid: "r", uid: "u", reason }, "reason"]),
  [{ rid: "r", uid: "u", second: 5 }, "description"],
  ["text", "description"],
  [undefined, "description"],
] as [never, string][])("of the kick %j what is wrong is named", (description, field) => {
  expect(parseModeration("room-kick", description)).toEqual(refused(field));
});

test("a lock is put on unless it is said to be taken off", () => {
  expect(parseModeration("room-lock", { rid: "r" })).toEqual({ command: "lock", rid: "r", locked: true });
  expect(parseModeration("room-lock", { rid: "r", locked: false })).toMatchObject({ locked: false });
  for (const locked of [0, "no", null])
    expect(parseModeration("room-lock", { rid: "r", locked })).toEqual(refused("locked"));
  expect(parseModeration("room-lock", { rid: "r", reason: "x" })).toEqual(refused("description"));
});

test("a room is closed for a reason or none", () => {
  expect(parseModeration("room-close", { rid: "r" })).toEqual({ command: "close", rid: "r", reason: undefined });
  expect(parseModeration("room-close", { rid: "r", reason: 1 })).toEqual(refused("reason"));
  expect(parseModeration("room-close", { rid: ["r"] })).toEqual(refused("rid"));
});

test("other queries are none of moderators", () => {
  for (const query of ["session-join", "room-open", undefined, null, "__proto__"]) {
    expect(parseModeration(query, { rid: "r" })).toBeUndefined();
  }
});
