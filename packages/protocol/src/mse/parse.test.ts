import { expect, test } from "vitest";
import { MAX_MSE_BATCH, type MseCall, parseMse } from "./parse.ts";

const LIMITS = { maxDepth: 8 };
const parse = (text: string) => parseMse(text, LIMITS);

function callOf(text: string): MseCall {
  const { batch, calls } = parse(text);
  expect({ batch, count: calls.length }).toEqual({ batch: false, count: 1 });
  return calls[0]!;
}
const read = (request: object) => callOf(JSON.stringify({ jsonrpc: "2.0", ...request }));

const NO_REQUEST = { id: null, error: { error: "invalidObject" } };
const invalidParams = (id: unknown) => ({ id, error: { error: "invalidParams" } });

test.each(["", " ", "{", "undefined", "{'id':1}", "[1,]", "NaN", '{"id":1}{}', "\u0000", "[".repeat(100_000)])(
  "text %# is no JSON",
  (text) => {
    expect(callOf(text)).toEqual({ id: null, error: { error: "parseError" } });
  },
);

test.each([
  "null",
  "0",
  '"ping"',
  "true",
  "{}",
  '{"id":1,"method":"ping"}',
  '{"id":1,"method":"ping","jsonrpc":"1.0"}',
  '{"id":1,"method":"ping","jsonrpc":2.0}',
  '{"id":1,"jsonrpc":"2.0"}',
  '{"id":1,"method":null,"jsonrpc":"2.0"}',
  '{"id":1,"method":["ping"],"jsonrpc":"2.0"}',
  '{"id":{},"method":"ping","jsonrpc":"2.0"}',
  '{"id":[1],"method":"ping","jsonrpc":"2.0"}',
  '{"id":false,"method":"ping","jsonrpc":"2.0"}',
  '{"id":1e999,"method":"ping","jsonrpc":"2.0"}',
  '{"id":1,"jsonrpc":"2.0","result":"pong"}',
  '{"__proto__":{"id":1,"method":"ping","jsonrpc":"2.0"}}',
  "[]",
])("%s is no request", (text) => {
  expect(callOf(text)).toEqual(NO_REQUEST);
});

test.each([0, -0, "", 1, 1.5, -1, "a", "\u0000", "__proto__"])("%j is an id", (id) => {
  expect(read({ id, method: "ping" })).toEqual({ id: JSON.parse(JSON.stringify(id)), command: { method: "ping" } });
});

test.each([null, undefined])("with the id %j it is a notification", (id) => {
  expect(read({ id, method: "ping" })).toEqual({ id: null, command: { method: "ping" } });
});

test.each(["", "Ping", "ping ", "toString", "__proto__", "constructor", "rpc.discover"])(
  "there is no method '%s'",
  (method) => {
    expect(read({ id: 1, method })).toEqual({ id: 1, error: { error: "methodNotFound" } });
  },
);

test.each(["ping", "start", "whoami", "disconnect"])("%s looks at no parameters", (method) => {
  for (const params of [undefined, null, [], {}, "text", { a: 1 }]) {
    expect(read({ id: 1, method, params })).toEqual({ id: 1, command: { method } });
  }
});

test.each(["auth", "sdpOffer", "sdpAnswer", "iceCandidate", "chat"])("%s wants its parameters by name", (method) => {
  for (const params of [undefined, null, 1, "text", true, [], ["text"], [[], "text"], {}]) {
    expect(read({ id: "a", method, params })).toEqual(invalidParams("a"));
  }
});

test("auth wants a token that is a string", () => {
  expect(read({ id: 2, method: "auth", params: { token: "", version: 7 } })).toEqual({
    id: 2,
    command: { method: "auth", token: "" },
  });
  for (const token of [undefined, null, 1, {}, ["t"]]) {
    expect(read({ id: 2, method: "auth", params: { token } })).toEqual(invalidParams(2));
  }
});

test.each([
  ["sdpOffer", "offer"],
  ["sdpAnswer", "answer"],
  ["iceCandidate", "candidate"],
])("%s wants '%s' as a string or an object, and keeps all of its parameters", (method, name) => {
  for (const signal of ["", "v=0", {}, { sdp: "v=0" }]) {
    const params = { [name]: signal, beside: [1] };
    expect(read({ method, params })).toEqual({ id: null, command: { method, params } });
  }
  for (const signal of [undefined, null, 0, true, [], ["v=0"]]) {
    expect(read({ method, params: { [name]: signal } })).toEqual(invalidParams(null));
  }
});

test.each([
  [{ message: "m" }, []],
  [{ message: "", to: [] }, []],
  [{ message: "m", to: ["u1", "u1", ""], attachment: { any: [null] } }, ["u1", "u1", ""]],
  [{ message: "m", attachment: null, from: "claimed" }, []],
])("the chat %j is understood", (params, to) => {
  const command = { method: "chat", to, message: params.message, params };
  expect(read({ method: "chat", params })).toEqual({ id: null, command });
});

test.each([
  { message: 1 },
  { to: ["u"] },
  { message: "m", to: "u" },
  { message: "m", to: null },
  { message: "m", to: [1] },
])("the chat %j is not", (params) => {
  expect(read({ id: 1, method: "chat", params })).toEqual(invalidParams(1));
});

test("what is relayed is nested up to the limit, counted from the request", () => {
  const nested = (levels: number): object => (levels === 0 ? {} : { deeper: nested(levels - 1) });
  const offer = (levels: number) => read({ id: 1, method: "sdpOffer", params: { offer: nested(levels) } });
  expect(offer(LIMITS.maxDepth - 3)).toHaveProperty("command");
  expect(offer(LIMITS.maxDepth - 2)).toEqual(invalidParams(1));
});

test("any depth is refused without being walked through", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  expect(callOf(`{"id":1,"jsonrpc":"2.0","method":"chat","params":{"message":"","attachment":${deep}}}`)).toEqual(
    invalidParams(1),
  );
  expect(callOf(`{"id":1,"jsonrpc":"2.0","method":"ping","params":${deep}}`)).toHaveProperty("command");
  expect(parse(deep).calls).toEqual([NO_REQUEST]);
});

test("of a name that occurs twice the last one counts", () => {
  expect(callOf('{"id":1,"id":2,"method":"start","method":"ping","jsonrpc":"2.0"}')).toEqual({
    id: 2,
    command: { method: "ping" },
  });
});

const ping = (id: unknown) => ({ id, method: "ping", jsonrpc: "2.0" });

test("a batch keeps its order, whatever is in it", () => {
  expect(parse(JSON.stringify([ping(1), 1, [], [ping(2)], ping(null), { ...ping("b"), method: "x" }]))).toEqual({
    batch: true,
    calls: [
      { id: 1, command: { method: "ping" } },
      NO_REQUEST,
      NO_REQUEST,
      NO_REQUEST,
      { id: null, command: { method: "ping" } },
      { id: "b", error: { error: "methodNotFound" } },
    ],
  });
});

test("a batch of one is a batch", () => {
  expect(parse(JSON.stringify([ping(1)]))).toEqual({ batch: true, calls: [{ id: 1, command: { method: "ping" } }] });
});

test("a batch that is too long is refused as a whole", () => {
  const batch = (length: number) => JSON.stringify(Array.from({ length }, (_, id) => ping(id)));
  expect(parse(batch(MAX_MSE_BATCH)).calls).toHaveLength(50);
  expect(callOf(batch(MAX_MSE_BATCH + 1))).toEqual(NO_REQUEST);
});
