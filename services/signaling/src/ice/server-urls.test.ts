import { expect, test } from "vitest";
import { readStunUrls, readTurnUrls } from "./server-urls.ts";

test.each([
  "turn:turn.example.com",
  "turns:turn.example.com",
  "TURN:turn.example.com:3478",
  "turn:turn.example.com:3478?transport=udp",
  "turns:turn.example.com:443?transport=tcp",
  "turn:192.0.2.1:1",
  "turn:[2001:db8::1]:65535",
  "turn:turn",
])("%s is a TURN server", (url) => {
  expect(readTurnUrls(url)).toEqual([url]);
});

test.each(["stun:stun.example.com", "stuns:stun.example.com:5349", "stun:[::1]", "stun:192.0.2.1:3478"])(
  "%s is a STUN server",
  (url) => {
    expect(readStunUrls(url)).toEqual([url]);
    expect(readTurnUrls(url)).toBeUndefined();
  },
);

test.each([
  "turn.example.com",
  "turn:",
  "turn://turn.example.com",
  "turn:turn.example.com:",
  "turn:turn.example.com:0",
  "turn:turn.example.com:65536",
  "turn:turn.example.com:3478/udp",
  "turn:turn.example.com?transport=sctp",
  "turn:turn.example.com?transport=udp&transport=tcp",
  "turn:user@turn.example.com",
  "turn:192.0.2.256",
  "turn:[192.0.2.1]",
  "turn:[::g]",
  "turn:2001:db8::1",
  "turn:turn example.com",
  "turn:türn.example.com",
  "http://turn.example.com",
  "turn:a,,turn:b",
  "turn:a,",
  ",",
  "turn:a\nturn:b",
])("%j is no list of TURN servers", (list) => {
  expect(readTurnUrls(list)).toBeUndefined();
});

test("a STUN server has no transport: browsers would take none of the servers", () => {
  expect(readStunUrls("stun:stun.example.com?transport=udp")).toBeUndefined();
  expect(readStunUrls("turn:stun.example.com")).toBeUndefined();
});

test("a list may have blanks between its URLs, and be empty", () => {
  expect(readTurnUrls("turn:a, turns:b:443?transport=tcp")).toEqual(["turn:a", "turns:b:443?transport=tcp"]);
  expect(readStunUrls("")).toEqual([]);
});
