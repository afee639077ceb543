import { expect, test } from "vitest";
import { address, buildIqError, buildRelayed, buildRoomEvent } from "./build.ts";
import { parseIncoming, type RelayRequest } from "./parse.ts";

const CONTEXT = { rid: "room", uid: "u1", now: "2026-01-01T00:00:00.000Z", newId: () => "minted" };

function relayRequest(jsongle: object, envelope: object = {}): RelayRequest {
  const incoming = parseIncoming({ id: "1", from: "claimed", to: "room", ...envelope, jsongle }, { maxDepth: 64 });
  if (!("request" in incoming) || incoming.request.kind !== "relay" || "error" in incoming.request.message)
    throw incoming;
  return incoming.request.message;
}

test("a relayed message comes from the room, whatever it claimed", () => {
  const relayed = buildRelayed(relayRequest({ action: "session-info", description: {} }), CONTEXT);
  expect(relayed).toMatchObject({ id: "1", from: "room" });
});

test("in the namespace of MUCs it comes from the room and the sender's uid", () => {
  const relayed = buildRelayed(relayRequest({ action: "session-text", namespace: "muc", description: {} }), CONTEXT);
  expect(relayed.from).toBe("room/u1");
});

test("sent is added where it is missing, relayed always, to all but a proposal", () => {
  const { now } = CONTEXT;
  const descriptionOf = (action: string, description: object) =>
    buildRelayed(relayRequest({ action, description }), CONTEXT).jsongle.description;
  expect(descriptionOf("session-text", { a: 1 })).toEqual({ a: 1, sent: now, relayed: now });
  expect(descriptionOf("session-text", { sent: "then", relayed: "x" })).toEqual({ sent: "then", relayed: now });
  expect(descriptionOf("session-propose", { a: 1 })).toEqual({ a: 1 });
});

test("properties beside jsongle survive, in the key order of the protocol", () => {
  const relayed = buildRelayed(
    relayRequest({ action: "session-info", description: {} }, { namespace: "call" }),
    CONTEXT,
  );
  expect(Object.keys(address(relayed, "you"))).toEqual(["id", "from", "to", "namespace", "jsongle"]);
});

test("a message without an id gets one", () => {
  const request = relayRequest({ action: "session-text", description: {} }, { id: undefined });
  expect(buildRelayed(request, CONTEXT).id).toBe("minted");
});

test("names that mean something to JavaScript are only names", () => {
  const text = '{"__proto__":{"polluted":1},"toString":1,"constructor":null}';
  const beside = JSON.parse(text);
  const description = JSON.parse(text);
  const relayed = address(buildRelayed(relayRequest({ action: "session-text", description }, beside), CONTEXT), "you");
  const wire = JSON.stringify(relayed);
  expect(wire.match(/"__proto__":\{"polluted":1\}/g)).toHaveLength(2);
  expect({}).not.toHaveProperty("polluted");
});

test("a room event names the kind of its room", () => {
  const event = buildRoomEvent({ id: "1", from: "server" }, { rid: "r", kind: "muc" }, "left", { uid: "u" });
  expect(event).toEqual({
    id: "1",
    from: "server",
    jsongle: {
      action: "session-event",
      namespace: "muc",
      event: "left",
      description: { member: { uid: "u" }, rid: "r" },
    },
  });
});

test("an IQ answer repeats query and transaction, and leaves out what the request had not", () => {
  const error = { error: "notFound", details: "no" } as const;
  const answer = buildIqError({ id: "1", from: "server" }, { query: { odd: 1 } }, error);
  expect(JSON.parse(JSON.stringify(answer.jsongle))).toEqual({
    action: "iq-error",
    query: { odd: 1 },
    description: { errorCode: 404001, errorDetails: "no" },
  });
});
