import fc from "fast-check";
import { expect, test } from "vitest";
import { createTurnCredential, turnUserOf } from "./turn-credential.ts";

const SECRET = "secret";

test("a credential is what a TURN server makes of the same secret and username", () => {
  // By: printf 1795591192:alice | openssl dgst -sha1 -hmac secret -binary | base64
  expect(createTurnCredential(SECRET, "alice", 1_795_591_192)).toEqual({
    username: "1795591192:alice",
    credential: "LXvYCBnNTfTc3K6VuFs3K78AYCc=",
  });
});

const uid = fc.oneof(
  fc.string({ minLength: 1, unit: "grapheme" }),
  fc.string({ minLength: 1, unit: "binary-ascii", maxLength: 2000 }),
  fc.stringMatching(/^[\w.@+~-]{1,150}$/),
  // Halves of surrogate pairs too.
  fc.array(fc.integer({ min: 0xd700, max: 0xe000 }), { minLength: 1 }).map((units) => String.fromCharCode(...units)),
);

test("every user has a name that a TURN server takes", () => {
  fc.assert(
    fc.property(uid, (user) => {
      const { username } = createTurnCredential(SECRET, user, 9_999_999_999);
      expect(username).toMatch(/^9999999999:[\w.@+~-]{1,128}$/);
      expect(username).not.toMatch(/union.*select|select.*union/i);
    }),
  );
});

test("no two users have the same name", () => {
  fc.assert(fc.property(uid, uid, (one, other) => (turnUserOf(one) === turnUserOf(other)) === (one === other)));
  // As a user could choose it who knows how names are made.
  expect(turnUserOf(turnUserOf("a b"))).not.toBe(turnUserOf("a b"));
  expect(turnUserOf("\ud800")).not.toBe(turnUserOf("\ud801"));
});

test.each(["alice", "alice@example.com", "0", "a_b-c.d+e", "x".repeat(128)])(
  "the uid %s is a name as it is",
  (plain) => {
    expect(turnUserOf(plain)).toBe(plain);
  },
);

test.each(["a:b", "a b", "a'b", "ü", "~x", "x".repeat(129), "Union-Select", "selection-reunion"])(
  "of the uid %s the name is a digest",
  (odd) => {
    expect(turnUserOf(odd)).toMatch(/^~[\w-]{43}$/);
  },
);
