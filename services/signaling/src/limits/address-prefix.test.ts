import fc from "fast-check";
import { expect, test } from "vitest";
import { prefixOf } from "./address-prefix.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::1", "2001:db8:1:2::/64"],
  ["fe80::1%eth0", "fe80::/64"],
  ["::1", "::/64"],
  ["", ""],
  ["unix:/socket", "unix:/socket"],
])("%j counts as %j", (address, prefix) => {
  expect(prefixOf(address)).toBe(prefix);
});

const word = fc.integer({ min: 1, max: 0xff_ff });
const words = fc.array(word, { minLength: 8, maxLength: 8 });
const written = (parts: readonly number[]) => parts.map((part) => part.toString(16)).join(":");

test("two IPv6 addresses count as one if and only if their first 64 bits are equal", () => {
  fc.assert(
    fc.property(words, words, fc.boolean(), (one, other, share) => {
      const [network, host] = [share ? one.slice(0, 4) : other.slice(0, 4), other.slice(4)];
      const same = prefixOf(written(one)) === prefixOf(written([...network, ...host]));
      expect(same).toBe(one.slice(0, 4).join() === network.join());
    }),
  );
});
