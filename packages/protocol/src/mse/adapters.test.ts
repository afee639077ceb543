import { expect, test } from "vitest";
import { RequestAdapter } from "./request-adapter.ts";
import { RequestFactory } from "./request-factory.ts";
import { ResponseAdapter } from "./response-adapter.ts";
import { ResponseFactory } from "./response-factory.ts";

const REQUESTS = {
  ping: RequestFactory.ping(),
  auth: RequestFactory.auth("t"),
  start: RequestFactory.start(),
  whoami: RequestFactory.whoami(),
  iceServers: RequestFactory.iceServers(),
  iceCandidate: RequestFactory.iceCandidate("c"),
  sdpOffer: RequestFactory.sdpOffer({ sdp: "v=0" }),
  sdpAnswer: RequestFactory.sdpAnswer("v=0"),
  disconnect: RequestFactory.disconnect(),
  chat: RequestFactory.chat({ message: "m" }),
};

const RESPONSES = {
  ping: ResponseFactory.pong(0),
  auth: ResponseFactory.authenticated(""),
  start: ResponseFactory.started(1.5),
  whoami: ResponseFactory.whoami(4, { userId: "u", roomId: "r", ipAddress: "::1" }),
  iceServers: ResponseFactory.iceServers("i", { iceServers: [{ urls: ["stun:a"] }], expires: "2026-11-25", ttl: 1 }),
  error: ResponseFactory.error(null, { error: "parseError" }),
};

const JUNK = [undefined, null, 0, "", "{", "null", "1", "[]", "{}", [], {}, [{}], Buffer.from(REQUESTS.ping)];

/** Which of the guards say yes, to a text and to what is in it. */
function heldIn(guards: Readonly<Record<string, (message: unknown) => boolean>>, text: string): string[] {
  const names = Object.keys(guards);
  const held = names.filter((name) => guards[name]!(text));
  expect(names.filter((name) => guards[name]!(JSON.parse(text)))).toEqual(held);
  return held;
}

test.each(Object.entries(REQUESTS))("the request %s is known by its method", (name, text) => {
  expect(heldIn(RequestAdapter, text)).toEqual([name]);
  expect(heldIn(ResponseAdapter, text)).toEqual([]);
});

test.each(Object.entries(RESPONSES))("the answer to %s is known by its result", (name, text) => {
  expect(heldIn(ResponseAdapter, text)).toEqual([name]);
  expect(heldIn(RequestAdapter, text)).toEqual([]);
});

test("junk is neither a request nor an answer", () => {
  for (const guard of [...Object.values(RequestAdapter), ...Object.values(ResponseAdapter)]) {
    expect(JUNK.filter((junk) => guard(junk))).toEqual([]);
  }
});

test.each([
  { method: "ping" },
  { jsonrpc: "1.0", method: "ping" },
  { jsonrpc: 2, method: "ping" },
  { id: [], jsonrpc: "2.0", method: "ping" },
  { jsonrpc: "2.0", method: "auth", params: {} },
  { jsonrpc: "2.0", method: "sdpOffer", params: { offer: 1 } },
])("%j is no request", (value) => {
  expect(heldIn(RequestAdapter, JSON.stringify(value))).toEqual([]);
});

test.each([
  { id: null, jsonrpc: "2.0", result: "pong" },
  { jsonrpc: "2.0", result: "pong" },
  { id: 1, result: "pong" },
  { id: 1, jsonrpc: "2.0", result: "pong", error: { code: 1, message: "" } },
  { id: 1, jsonrpc: "2.0", result: { userId: "u" } },
  { id: 1, jsonrpc: "2.0", result: { iceServers: {}, expires: "", ttl: 1 } },
  { id: 1, jsonrpc: "2.0", error: { code: "1", message: "" } },
  { id: 1, jsonrpc: "2.0", error: null },
  { jsonrpc: "2.0", error: { code: 1, message: "" } },
])("%j is no answer", (value) => {
  expect(heldIn(ResponseAdapter, JSON.stringify(value))).toEqual([]);
});

test("an object is narrowed to its message", () => {
  const message: object = JSON.parse(REQUESTS.chat);
  if (!RequestAdapter.chat(message)) throw message;
  expect(message.params.message).toBe("m");
});
