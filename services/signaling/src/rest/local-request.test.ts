import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { whyNotLocal } from "./local-request.ts";

const why = (remoteAddress: string | undefined, headers: Record<string, string | undefined>) =>
  whyNotLocal({
    socket: { remoteAddress },
    headers: { host: "localhost:8081", ...headers },
  } as unknown as IncomingMessage);

test.each([
  ["127.0.0.1", {}],
  ["127.8.9.10", { host: "127.8.9.10" }],
  ["::1", { host: "[::1]:8081" }],
  ["::ffff:127.0.0.1", { host: "LOCALHOST" }],
  ["127.0.0.1", { "sec-fetch-site": "none" }],
])("somebody at %s with %o is on the machine", (address, headers) => {
  expect(why(address, headers)).toBeUndefined();
});

test.each([
  ["another address", "192.0.2.2", {}, "over loopback"],
  ["an address that only begins like loopback", "::ffff:127.0.0.1.example", {}, "over loopback"],
  ["no address", undefined, {}, "over loopback"],
  ["a proxy that says for whom", "127.0.0.1", { "x-forwarded-for": "127.0.0.1" }, "x-forwarded-for"],
  ["a proxy that says so", "127.0.0.1", { via: "1.1 proxy" }, "via"],
  ["a name that was pointed here", "127.0.0.1", { host: "rebound.example:8081" }, "Host"],
  ["a name that begins like ours", "127.0.0.1", { host: "localhost.example" }, "Host"],
  ["an address in a name", "127.0.0.1", { host: "127.0.0.1.example" }, "Host"],
  ["no host", "127.0.0.1", { host: undefined }, "Host"],
  ["a page", "127.0.0.1", { origin: "https://evil.example" }, "Origin"],
  ["a page without an origin", "127.0.0.1", { origin: "null" }, "Origin"],
  ["a page on the machine", "127.0.0.1", { origin: "http://localhost:8081" }, "Origin"],
  ["an image of a page", "127.0.0.1", { "sec-fetch-site": "cross-site" }, "Sec-Fetch-Site"],
])("%s is not", (_name, address, headers, reason) => {
  expect(why(address, headers)).toContain(reason);
});
