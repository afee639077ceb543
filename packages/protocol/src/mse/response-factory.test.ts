import { expect, test } from "vitest";
import { MSE_ERRORS, type MseError } from "./errors.ts";
import { ResponseFactory } from "./response-factory.ts";

const WHOAMI = {
  domain: "domain",
  agent: "web or mobile",
  role: "user - admin or super",
  userId: "random string",
  roomId: "random string",
  ipAddress: "client ip address",
  tokenIssued: "date the token is issued",
  validFrom: "token is valid from date",
  validTo: "token is valid to date",
};

test.each([
  [ResponseFactory.pong(1), { id: 1, result: "pong", jsonrpc: "2.0" }],
  [ResponseFactory.authenticated(2), { id: 2, jsonrpc: "2.0", result: "authenticated" }],
  [ResponseFactory.started(3), { id: 3, jsonrpc: "2.0", result: "started" }],
  [ResponseFactory.whoami(4, WHOAMI), { id: 4, jsonrpc: "2.0", result: WHOAMI }],
])("%s is as in the document", (text, document) => {
  expect(text).toBe(JSON.stringify(document));
});

const RELATED = "related request id";

test.each<[MseError, { id: string | number | null; error: object }]>([
  [{ error: "parseError" }, { id: null, error: { code: -32700, message: "Parse error" } }],
  [{ error: "invalidObject" }, { id: null, error: { code: -1001, message: "Invalid json rpc 2.0 object" } }],
  [{ error: "methodNotFound" }, { id: RELATED, error: { code: -32601, message: "Method not found" } }],
  [{ error: "invalidParams" }, { id: RELATED, error: { code: -32602, message: "Invalid params" } }],
  [{ error: "authorizationFailed" }, { id: RELATED, error: { code: -4001, message: "Authorization Failed" } }],
  [{ error: "unauthorizedAccess" }, { id: RELATED, error: { code: -5001, message: "Unauthorized Access" } }],
  [
    { error: "invalidCallOrder", data: { required: "start" } },
    { id: 3, error: { code: -6001, message: "Invalid Call Order", data: { required: "start" } } },
  ],
])("the error %j is as in the document", (error, { id, error: object }) => {
  expect(ResponseFactory.error(id, error)).toBe(JSON.stringify({ id, jsonrpc: "2.0", error: object }));
});

test.each<[MseError, object]>([
  [{ error: "internalError" }, { code: -32603, message: "Internal error" }],
  [{ error: "roomFull" }, { code: -32000, message: "Room Full" }],
  [
    { error: "unavailable", data: { retryAfterMs: 500 } },
    { code: -32001, message: "Temporarily Unavailable", data: { retryAfterMs: 500 } },
  ],
  [
    { error: "tooManyRequests", data: { retryAfterMs: 500 } },
    { code: -32002, message: "Too Many Requests", data: { retryAfterMs: 500 } },
  ],
])("what the document lacks, %j, has the same form", (error, object) => {
  expect(ResponseFactory.error("", error)).toBe(JSON.stringify({ id: "", jsonrpc: "2.0", error: object }));
});

test("no two errors share a code", () => {
  const codes = Object.values(MSE_ERRORS).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});
