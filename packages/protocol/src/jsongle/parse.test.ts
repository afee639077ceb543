import { expect, test } from "vitest";
import { RELAYED_ACTIONS } from "./actions.ts";
import { readIdentity } from "./hello.ts";
import { parseIncoming } from "./parse.ts";

const LIMITS = { maxDepth: 8 };
const parse = (value: unknown) => parseIncoming(value, LIMITS);
const message = (jsongle: object, envelope: object = {}) => ({ id: "1", from: "me", to: "room", jsongle, ...envelope });
const requestOf = (value: unknown) => {
  const incoming = parse(value);
  return "request" in incoming ? incoming.request : incoming.error;
};

test.each([null, undefined, 0, "text", true, [], [{}], {}, { jsongle: null }, { jsongle: 1 }, { jsongle: [] }])(
  "%j holds no jsongle object",
  (value) => {
    expect(parse(value)).toMatchObject({ error: { error: "noJsongleData" } });
  },
);

test("what is claimed as sender is kept for the answer, also where nothing else can be read", () => {
  expect(parse({ from: "me" })).toMatchObject({ from: "me", error: { error: "noJsongleData" } });
  expect(parse({ from: 5 })).toMatchObject({ from: undefined });
});

test("nesting is accepted up to the limit", () => {
  const nested = (levels: number): object =>
    levels === 0 ? { jsongle: {} } : { jsongle: {}, deeper: nested(levels - 1) };
  expect(parse(nested(6))).toHaveProperty("request");
  expect(parse(nested(8))).toMatchObject({
    error: { error: "tooLarge", details: expect.stringContaining("8 levels") },
  });
});

test("any depth is refused without being walked through", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(parse(message({ action: "session-text", description: { deep } }))).toMatchObject({
    error: { error: "tooLarge" },
  });
});

test("binary data is no JSON", () => {
  const value = message({ action: "session-text", description: { data: Buffer.from("x") } });
  expect(requestOf(value)).toMatchObject({ kind: "unsupported", error: { error: "badParameters" } });
  expect(parse({ jsongle: Buffer.from("x") })).toMatchObject({ error: { error: "noJsongleData" } });
});

test.each([
  ["session-join", "room"],
  ["muc-join", "muc"],
])("%s asks for a seat in a %s", (query, roomKind) => {
  const request = requestOf(message({ action: "iq-set", query, description: { rid: "r" } }));
  expect(request).toEqual({ kind: "iq", command: { command: "join", rid: "r", roomKind } });
});

test.each([undefined, null, 5, "", ["r"], { toString: 1 }])("the rid %j is refused by name", (rid) => {
  for (const query of ["session-join", "muc-join", "session-leave"]) {
    const request = requestOf(message({ action: "iq-set", query, description: { rid } }));
    expect(request).toMatchObject({ command: { error: "badParameters", details: expect.stringContaining("'rid'") } });
  }
});

test.each([undefined, null, 5, "nothing-like-it", { toString: 1 }, "__proto__"])("there is no query %j", (query) => {
  expect(requestOf(message({ action: "iq-set", query, description: { rid: "r" } }))).toMatchObject({
    command: { error: "notFound" },
  });
  expect(requestOf(message({ action: "iq-get", query, description: { rid: "r" } }))).toMatchObject({
    kind: "unsupported",
    error: { error: "actionNotAllowed" },
  });
});

test("what is asked for can't be set, and what is set can't be asked for", () => {
  const description = { rid: "r" };
  expect(requestOf(message({ action: "iq-set", query: "ice-servers", description }))).toMatchObject({
    command: { error: "notFound" },
  });
  for (const query of ["session-join", "session-hello"]) {
    expect(requestOf(message({ action: "iq-get", query, description }))).toMatchObject({
      error: { error: "actionNotAllowed" },
    });
  }
});

test("servers are asked for with a room, or with none", () => {
  const ask = (description: unknown) => requestOf(message({ action: "iq-get", query: "ice-servers", description }));
  expect(ask({ rid: "r" })).toEqual({ kind: "iq", command: { command: "ice-servers", rid: "r" } });
  for (const description of [undefined, {}, { other: 1 }]) {
    expect(ask(description)).toEqual({ kind: "iq", command: { command: "ice-servers", rid: undefined } });
  }
  for (const rid of [null, 5, "", ["r"], { toString: 1 }]) {
    expect(ask({ rid })).toMatchObject({
      command: { error: "badParameters", details: expect.stringContaining("'rid'") },
    });
  }
  for (const description of [null, 5, "", ["r"]]) {
    expect(ask(description)).toMatchObject({
      command: { error: "badParameters", details: expect.stringContaining("'description'") },
    });
  }
});

test.each([undefined, null, 5, "ack", "session-error", "toString", "__proto__", { toString: 1 }, ["iq-set"]])(
  "the action %j is not for clients",
  (action) => {
    expect(requestOf(message({ action }))).toMatchObject({ kind: "unsupported", error: { error: "actionNotAllowed" } });
  },
);

test("what is quoted of a message in an error is cut short", () => {
  const request = requestOf(message({ action: "x".repeat(100_000) }));
  expect(JSON.stringify(request).length).toBeLessThan(300);
});

test.each(RELAYED_ACTIONS)("%s needs a description that is an object", (action) => {
  for (const description of [undefined, null, 1, "text", true, []]) {
    expect(requestOf(message({ action, description }))).toMatchObject({ message: { error: "badParameters" } });
  }
  expect(requestOf(message({ action, description: {} }))).toMatchObject({ message: { action, description: {} } });
});

test("a relayed message's id is a string or missing", () => {
  const relay = (id: unknown) => requestOf(message({ action: "session-text", description: {} }, { id }));
  expect(relay(5)).toMatchObject({ message: { error: "badParameters" } });
  expect(relay(undefined)).toMatchObject({ message: { id: undefined } });
});

test.each([{}, { uid: null }, { uid: "" }, { uid: 0 }, { uid: ["u"] }, { uid: { toString: 1 } }])(
  "%j is nobody",
  ({ uid }) => {
    const request = requestOf(message({ action: "iq-result", query: "session-hello", description: { uid } }));
    expect(request).toEqual({ kind: "hello", description: { uid } });
    expect(readIdentity({ uid })).toMatchObject({ error: "badParameters" });
  },
);

test("an identity is kept whole, whatever else it holds", () => {
  const description = { uid: "u", dn: "U", avatar: { url: "x" }, error: "notFound", details: "none" };
  expect(requestOf(message({ action: "iq-result", query: "session-hello", description }))).toMatchObject({
    description,
  });
  expect(readIdentity(description)).toEqual({ identity: description });
});

test.each([
  [
    { error: "ice-failed", duration: 12.5 },
    { iceFailed: true, duration: 12.5 },
  ],
  [{ duration: -1 }, { iceFailed: false, duration: 0 }],
  [{ duration: Number.POSITIVE_INFINITY }, { iceFailed: false, duration: 0 }],
  [{ duration: 1e12 }, { iceFailed: false, duration: 0 }],
  [{ duration: "12" }, { iceFailed: false, duration: 0 }],
  [null, { iceFailed: false, duration: 0 }],
])("of the report %j what is plausible is believed", (description, report) => {
  expect(requestOf(message({ action: "session-metrics", description }))).toEqual({ kind: "metrics", report });
});
