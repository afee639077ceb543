import { expect, test } from "vitest";
import { AUDIT_EXITS, verdictOf } from "./verdict.ts";

test.each([
  ["no holes", '{"auditReportVersion":2,"vulnerabilities":{}}', 0, /no known holes/],
  [
    "a hole",
    '{"vulnerabilities":{"ws":{"severity":"high","range":"<8.21.0"}}}',
    1,
    /1 packages.*\n {2}ws <8.21.0: high/,
  ],
  [
    "a registry that knows no audits",
    '{"message":"404 Not Found - POST /-/npm/v1/security","error":{}}',
    3,
    /no answer.*404/,
  ],
  [
    "no registry",
    '{"error":{"code":"ECONNREFUSED","summary":"connect failed\\nmore"}}',
    3,
    /no answer.*connect failed\)/,
  ],
  ["nothing", "", 3, /no answer/],
  ["something else", "<html>", 3, /no answer/],
])("%s is told for what it is", (_name, json, code, text) => {
  const verdict = verdictOf(json);
  expect(AUDIT_EXITS[verdict.outcome]).toBe(code);
  expect(verdict.text).toMatch(text);
});
