import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { addressOf, readProxies } from "./client-address.ts";

const addressFrom = (remoteAddress: string, forwarded: string | undefined, proxies: string) =>
  addressOf(
    { socket: { remoteAddress }, headers: { "x-forwarded-for": forwarded } } as unknown as IncomingMessage,
    readProxies(proxies)!,
  );

test.each([
  ["nobody is trusted by default", "10.0.0.1", "1.2.3.4", "", "10.0.0.1"],
  ["a trusted proxy tells its peer", "10.0.0.1", "1.2.3.4", "10.0.0.0/8", "1.2.3.4"],
  ["what the client itself claims is not believed", "10.0.0.1", "9.9.9.9, 1.2.3.4", "10.0.0.0/8", "1.2.3.4"],
  ["proxies may be chained", "10.0.0.1", "9.9.9.9, 1.2.3.4 , 10.1.1.1", "10.0.0.0/8", "1.2.3.4"],
  ["nonsense ends the chain", "10.0.0.1", "1.2.3.4, unknown", "10.0.0.0/8", "10.0.0.1"],
  ["nothing forwarded is no address", "10.0.0.1", undefined, "10.0.0.0/8", "10.0.0.1"],
  ["an IPv4 proxy on an IPv6 socket is one still", "::ffff:10.0.0.1", "2001:db8::1", "10.0.0.1", "2001:db8::1"],
  ["IPv6 ranges", "fd00::1", "::ffff:1.2.3.4", "fd00::/8, 10.0.0.1", "1.2.3.4"],
])("%s", (_name, remote, forwarded, proxies, expected) => {
  expect(addressFrom(remote, forwarded, proxies)).toBe(expected);
});

test.each(["10.0.0.0/33", "10.0.0/8", "fd00::/129", "proxy.example", "10.0.0.1/x", "10.0.0.1/"])(
  "%s is no range",
  (range) => {
    expect(readProxies(`10.0.0.1,${range}`)).toBeUndefined();
  },
);
