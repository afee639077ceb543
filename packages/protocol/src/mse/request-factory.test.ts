import { expect, test } from "vitest";
import { createRequestFactory, RequestFactory } from "./request-factory.ts";

/** As in the MSE document; the order of keys counts. */
const DOCUMENT = {
  ping: { id: 1, method: "ping", jsonrpc: "2.0" },
  auth: { id: 2, method: "auth", jsonrpc: "2.0", params: { token: "appropriate jwt token", version: "1.0" } },
  start: { id: 3, method: "start", jsonrpc: "2.0" },
  whoami: { id: 4, method: "whoami", jsonrpc: "2.0" },
  iceCandidate: {
    id: null,
    method: "iceCandidate",
    jsonrpc: "2.0",
    params: { candidate: "ice candidate value" },
  },
  sdpOffer: { id: null, method: "sdpOffer", jsonrpc: "2.0", params: { offer: "sdp offer value" } },
  disconnect: { id: null, method: "disconnect", jsonrpc: "2.0" },
  chat: { id: null, method: "chat", jsonrpc: "2.0", params: { to: [], message: "message", attachment: "object" } },
};

test.each([
  [RequestFactory.ping(), DOCUMENT.ping],
  [RequestFactory.auth("appropriate jwt token"), DOCUMENT.auth],
  [RequestFactory.start(), DOCUMENT.start],
  [RequestFactory.whoami(), DOCUMENT.whoami],
  [RequestFactory.iceCandidate("ice candidate value"), DOCUMENT.iceCandidate],
  [RequestFactory.sdpOffer("sdp offer value"), DOCUMENT.sdpOffer],
  [RequestFactory.disconnect(), DOCUMENT.disconnect],
  [RequestFactory.chat({ message: "message", attachment: "object" }), DOCUMENT.chat],
])("%s is as in the document", (text, document) => {
  expect(text).toBe(JSON.stringify(document));
});

test("what is no method of the document has an id that is no other's", () => {
  expect(RequestFactory.iceServers()).toBe('{"id":5,"method":"iceServers","jsonrpc":"2.0"}');
});

test("an answer to an offer is a notification like it", () => {
  const sent = { id: null, method: "sdpAnswer", jsonrpc: "2.0", params: { answer: { type: "answer", sdp: "v=0" } } };
  expect(RequestFactory.sdpAnswer({ type: "answer", sdp: "v=0" })).toBe(JSON.stringify(sent));
});

test("what the browser made is sent as it writes itself", () => {
  const candidate = { toJSON: () => ({ candidate: "a", sdpMid: "0" }) };
  expect(JSON.parse(RequestFactory.iceCandidate(candidate)).params).toEqual({
    candidate: { candidate: "a", sdpMid: "0" },
  });
});

test("a chat without an attachment has none", () => {
  expect(JSON.parse(RequestFactory.chat({ to: ["u1"], message: "m" })).params).toEqual({ to: ["u1"], message: "m" });
});

test("a factory of one's own counts its requests, and only those", () => {
  const requests = createRequestFactory();
  const texts = [requests.ping(), requests.ping(), requests.disconnect(), requests.start()];
  expect(texts.map((text) => JSON.parse(text).id)).toEqual([1, 2, null, 3]);
  expect(JSON.parse(createRequestFactory().ping()).id).toBe(1);
});

test("ids may come from elsewhere", () => {
  const requests = createRequestFactory((method) => `${method}-a`);
  expect(JSON.parse(requests.auth("t")).id).toBe("auth-a");
});
