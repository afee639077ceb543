// The law of answers: one for each request, in order, and none for a notification.
import fc from "fast-check";
import { expect, test } from "vitest";
import { answerError, answerResult, buildReply } from "./answers.ts";
import { type MseCall, parseMse } from "./parse.ts";
import { ResponseFactory } from "./response-factory.ts";

test("a frame of which nothing is answered gets no reply, not even an empty one", () => {
  expect(buildReply({ batch: true, calls: [] }, [undefined, undefined])).toBeUndefined();
  expect(buildReply({ batch: false, calls: [] }, [undefined])).toBeUndefined();
});

test("a batch gets an array, even of one answer", () => {
  expect(buildReply({ batch: true, calls: [] }, [undefined, "{}"])).toBe("[{}]");
  expect(buildReply({ batch: false, calls: [] }, ["{}"])).toBe("{}");
});

test("a notification hears of no error but the two that find no request", () => {
  expect(answerError(null, { error: "invalidParams" })).toBeUndefined();
  expect(answerError(null, { error: "parseError" })).toBe(ResponseFactory.error(null, { error: "parseError" }));
  expect(answerError(null, { error: "invalidObject" })).toBe(ResponseFactory.error(null, { error: "invalidObject" }));
  expect(answerError(0, { error: "roomFull" })).toBe(ResponseFactory.error(0, { error: "roomFull" }));
});

/** An element of a frame, and what its answer has to hold; nothing for what is not answered. */
interface Sample {
  readonly value: unknown;
  readonly answer?: object;
}

const id = fc.oneof(fc.constantFrom(0, -1, 0.5, "", "a"), fc.nat(), fc.string());
const invalidParams = { error: { code: -32602, message: "Invalid params" } };
const methodNotFound = { error: { code: -32601, message: "Method not found" } };

/** What a request with an id is answered with here; undefined for signals and chats, which have no result. */
const content = fc.constantFrom<readonly [object, object | undefined]>(
  [{ method: "ping" }, { result: "pong" }],
  [{ method: "start", params: [] }, { result: "started" }],
  [{ method: "auth", params: { token: "t" } }, { result: "authenticated" }],
  [{ method: "auth", params: ["t"] }, invalidParams],
  [{ method: "sdpOffer", params: { offer: "o" } }, undefined],
  [{ method: "sdpOffer", params: { offer: [] } }, invalidParams],
  [{ method: "chat", params: { message: "m" } }, undefined],
  [{ method: "__proto__" }, methodNotFound],
);

const request = fc.tuple(id, content).map(([id, [rest, outcome]]): Sample => {
  const value = { id, jsonrpc: "2.0", ...rest };
  return outcome === undefined ? { value } : { value, answer: { id, jsonrpc: "2.0", ...outcome } };
});

const notification = fc
  .tuple(fc.constantFrom({}, { id: null }), content)
  .map(([id, [rest]]): Sample => ({ value: { ...id, jsonrpc: "2.0", ...rest } }));

const noRequest = { id: null, jsonrpc: "2.0", error: { code: -1001, message: "Invalid json rpc 2.0 object" } };
const noText = { id: null, jsonrpc: "2.0", error: { code: -32700, message: "Parse error" } };

/** JSON never holds `jsonrpc: "2.0"` by chance. */
const junk = fc.oneof(
  fc.jsonValue().filter((value) => !Array.isArray(value)),
  fc.constantFrom<unknown>({ jsonrpc: "2.0" }, { jsonrpc: "2.0", method: "ping", id: {} }, { id: 1, method: "ping" }),
);
const element = fc.oneof(
  request,
  notification,
  junk.map((value): Sample => ({ value, answer: noRequest })),
);

/** A text frame and the reply it has to get. */
interface Frame {
  readonly text: string;
  readonly reply: unknown;
}

const single = element.map(({ value, answer }): Frame => ({ text: JSON.stringify(value), reply: answer }));
const batch = fc.array(element, { minLength: 1, maxLength: 50, size: "max" }).map((samples): Frame => {
  const answers = samples.flatMap(({ answer }) => answer ?? []);
  return {
    text: JSON.stringify(samples.map(({ value }) => value)),
    reply: answers.length === 0 ? undefined : answers,
  };
});
const refusedBatch = fc
  .constantFrom(0, 51, 10_000)
  .map((length): Frame => ({ text: JSON.stringify(Array(length).fill(1)), reply: noRequest }));
const broken = fc.tuple(single, fc.constantFrom("{", "]", ",", "x")).map(([{ text }, end]): Frame => {
  return { text: text + end, reply: noText };
});

/** As a server without any rules would. */
function answer(call: MseCall): string | undefined {
  if ("error" in call) return answerError(call.id, call.error);
  switch (call.command.method) {
    case "ping":
      return answerResult(call.id, ResponseFactory.pong);
    case "auth":
      return answerResult(call.id, ResponseFactory.authenticated);
    case "start":
      return answerResult(call.id, ResponseFactory.started);
    default:
      return undefined;
  }
}

test("each request has exactly one answer, in order, and no notification has any", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(single, single, batch, refusedBatch, broken), { maxLength: 10 }), (frames) => {
      const replies = frames.map(({ text }) => {
        const incoming = parseMse(text, { maxDepth: 64 });
        return buildReply(incoming, incoming.calls.map(answer));
      });
      expect(replies.map((reply) => reply && JSON.parse(reply))).toEqual(frames.map(({ reply }) => reply));
    }),
    { numRuns: 500 },
  );
});
