import { expect, test } from "vitest";
import { readOrder } from "./order.ts";

test("a user is enough, for an hour and any room", () => {
  expect(readOrder(["--user", "u"])).toEqual({ claims: { sub: "u" }, seconds: 3600 });
});

test("with a room the token is for MSE too", () => {
  const claims = { sub: "u", userId: "u", roomId: "r", domain: "d", jongleur: { roles: ["moderator"] } };
  expect(readOrder(["--user", "u", "--room", "r", "--domain", "d", "--role", "moderator"])).toMatchObject({ claims });
});

test.each([["--help"], ["-h"]])("%s asks for the usage", (flag) => {
  expect(readOrder([flag])).toBe("help");
});

test.each([
  [[], "--user"],
  [["--room", "r"], "--user"],
  [["--user", ""], "--user"],
  [["--user", "u", "--room", ""], "--room"],
  [["--user", "u", "--colour", "red"], "--colour"],
  [["--user", "u", "--role", "king"], "--role"],
  [["--user", "u", "--max-sessions", "many"], "--max-sessions"],
  [["--user", "u", "--seconds", "0"], "--seconds"],
])("%j is no order", (args, fault) => {
  expect(readOrder(args)).toEqual({ fault: expect.stringContaining(fault) });
});
