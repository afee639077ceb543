import fc from "fast-check";
import { expect, test } from "vitest";
import { mayCome, originOf, readOrigins } from "./origins.ts";

const admits = (list: string, origin: string | undefined) => mayCome(readOrigins(list)!, origin);

test.each([
  ["nothing allows any", "", "https://any.example", true],
  ["* allows any", "*", "null", true],
  ["an origin that is listed", "https://a.example, https://b.example:8443", "https://b.example:8443", true],
  ["an origin that is not", "https://a.example", "https://b.example", false],
  ["another scheme", "https://a.example", "http://a.example", false],
  ["another port", "https://a.example:8443", "https://a.example", false],
  ["the default port, written out in the setting", "https://a.example:443", "https://a.example", true],
  ["the default port, written out by the client", "http://a.example", "http://a.example:80", true],
  ["the default port of another scheme", "https://a.example:80", "https://a.example", false],
  ["upper case in the setting", "HTTPS://A.Example", "https://a.example", true],
  ["letters beyond ASCII, as browsers write them", "https://bücher.example", "https://xn--bcher-kva.example", true],
  ["an IPv6 address", "http://[::1]:3000", "http://[::1]:3000", true],
  ["an IPv6 address in another form", "http://[0:0:0:0:0:0:0:1]", "http://[::1]", true],
  ["a scheme of an app", "capacitor://localhost", "capacitor://localhost", true],
  ["a host below", "https://*.example.com", "https://app.example.com", true],
  ["a host far below", "https://*.example.com", "https://a.b.c.example.com", true],
  ["the host itself is not below", "https://*.example.com", "https://example.com", false],
  ["a host that only ends alike", "https://*.example.com", "https://evil-example.com", false],
  ["a host that only begins alike", "https://*.example.com", "https://app.example.com.evil.example", false],
  ["a host below, by another scheme", "https://*.example.com", "http://app.example.com", false],
  ["a host below, on another port", "https://*.example.com", "https://app.example.com:8443", false],
  ["a host below, on the same port", "https://*.example.com:8443", "https://app.example.com:8443", true],
  ["a host below, on the default port", "https://*.example.com:443", "https://app.example.com", true],
  ["a host below, ending in a dot", "https://*.example.com", "https://app.example.com.", false],
  ["nothing at all below", "https://*.example.com", "https://.example.com", false],
  ["a user in front", "https://*.example.com", "https://evil.example@app.example.com", false],
  ["a path behind", "https://*.example.com", "https://evil.example/.example.com", false],
  ["a backslash", "https://*.example.com", "https://evil.example\\.example.com", false],
  ["a fragment", "https://*.example.com", "https://evil.example#.example.com", false],
  ["a query", "https://*.example.com", "https://evil.example?.example.com", false],
  ["a percent sign", "https://*.example.com", "https://evil.example%2f.example.com", false],
  ["a star of the client's own", "https://*.example.com", "https://*.example.com", false],
  ["two origins at once", "https://a.example", "https://a.example, https://b.example", false],
  ["a port of the client's own in the host", "https://*.example.com", "https://evil.example:1.example.com", false],
  ["an empty origin", "https://a.example", "", false],
  ["a page without an origin", "https://a.example", "null", false],
  ["a page without an origin, listed", "https://a.example, null", "null", true],
  ["a port beyond all", "https://*.example.com:443", "https://app.example.com:99999", false],
  ["no page", "https://a.example", undefined, true],
])("%s", (_name, list, origin, expected) => {
  expect(admits(list, origin)).toBe(expected);
});

test.each([
  ...["a.example", "anywhere", "*.example.com", "//a.example", "https://", "https://a.example/", "https://a.example/x"],
  ...[
    "https://*",
    "https://*:8443",
    "*://a.example",
    "https://a.*.example",
    "https://*a.example",
    "https://**.a.example",
  ],
  ...["https://*.127.0.0.1", "https://*.[::1]", "https://*.7", "https://a.example:port", "https://a.example:70000"],
  ...[
    "https://u:p@a.example",
    "https://a.example?x",
    "https://a.example#x",
    "https://a b.example",
    "file://",
    "*, null",
  ],
  ...["https://a.example,", ",", "https://a.example https://b.example", "Null", "https://a%2eexample", "https://a\\b"],
])("%s can't be read as origins", (list) => {
  expect(readOrigins(list)).toBeUndefined();
  expect(readOrigins(`https://a.example,${list}`)).toBeUndefined();
});

test("handshakes from before RFC 6455 name their page in another header", () => {
  const from = (headers: object) => originOf({ headers } as never);
  expect(from({ origin: "https://a.example" })).toBe("https://a.example");
  expect(from({ "sec-websocket-origin": "https://a.example" })).toBe("https://a.example");
  expect(from({})).toBeUndefined();
});

interface Page {
  readonly scheme: string;
  readonly labels: readonly string[];
  readonly port: number | undefined;
}

interface Rule extends Page {
  readonly below: boolean;
}

const DEFAULTS: Readonly<Record<string, number>> = { http: 80, https: 443 };
const pages = fc.record({
  scheme: fc.constantFrom("http", "https", "app"),
  labels: fc.array(fc.constantFrom("a", "b", "ab", "a-b", "xn--bcher-kva"), { minLength: 1, maxLength: 4 }),
  port: fc.constantFrom(undefined, 80, 443, 8443),
});
const rules = fc.array(
  pages.chain((page) => fc.boolean().map((below) => ({ ...page, below }))),
  { minLength: 1, maxLength: 5 },
);
const write = ({ scheme, labels, port }: Page, star = "") =>
  `${scheme}://${star}${labels.join(".")}${port === undefined ? "" : `:${port}`}`;

/** What is meant: the same scheme and port, and the same labels, or for a wildcard some more in front. */
function isMeant(rule: Rule, page: Page): boolean {
  const portOf = ({ scheme, port }: Page) => port ?? DEFAULTS[scheme];
  const more = page.labels.length - rule.labels.length;
  return (
    rule.scheme === page.scheme &&
    portOf(rule) === portOf(page) &&
    (rule.below ? more > 0 : more === 0) &&
    rule.labels.every((label, n) => label === page.labels[n + more])
  );
}

test("whatever is listed, exactly the pages that are meant may come", () => {
  fc.assert(
    fc.property(rules, pages, (listed, page) => {
      const list = listed.map((rule) => write(rule, rule.below ? "*." : "")).join(", ");
      expect(admits(list, write(page)), list).toBe(listed.some((rule) => isMeant(rule, page)));
    }),
    { numRuns: 5000 },
  );
});

test("no text of whatever kind comes in by accident, or breaks the matcher", () => {
  const origins = readOrigins("https://a.example, https://*.b.example")!;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `https://${text}.b.example`),
      ),
      (text) => {
        if (!mayCome(origins, text)) return;
        expect(new URL(text).origin).toBe(text);
        expect(text === "https://a.example" || new URL(text).hostname.endsWith(".b.example")).toBe(true);
      },
    ),
    { numRuns: 5000 },
  );
});
