// Who may use the endpoints that change or reveal: nobody from outside, no web page, and no token but an adminToken.
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../helpers/eventually.ts";
import { ask, bearer, fromOutside, JSON_HEADERS } from "../../helpers/http.ts";
import { type Pod, runPod, startPod } from "../../helpers/pod.ts";

const [OLD, NEW] = [`old-${"0123456789abcdef".repeat(2)}`, `new+/${"0123456789abcdef".repeat(2)}==`] as const;
const WRONG = `${OLD.slice(0, -1)}x`;

const PATIENCE_MS = 30_000;

let tokenless: Pod;
let tokened: Pod;
beforeAll(async () => {
  [tokenless, tokened] = await Promise.all([
    startPod(),
    startPod({ adminToken: `${OLD}, ${NEW}`, metricsAccess: "admin", trustedProxies: "127.0.0.9" }),
  ]);
}, PATIENCE_MS);
afterAll(() => Promise.all([tokenless.stop(), tokened.stop()]));

interface AdminRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

interface Operation {
  readonly security: readonly unknown[];
  readonly requestBody?: unknown;
}

interface Api {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** All that a pod documents as for admins, with names in its paths and an empty object as body. */
async function adminRequests({ rest }: Pod): Promise<AdminRequest[]> {
  const { paths } = (await ask(rest, "/openapi.json")).body as Api;
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { security }]) => security.length > 0)
      .map(([method, { requestBody }]) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, "x"),
        ...(requestBody ? { body: "{}" } : {}),
      })),
  );
}

async function rejected({ rest }: Pod, reason: string): Promise<number> {
  const headers = rest === tokened.rest ? bearer(NEW) : {};
  const { text } = await ask(rest, "/metrics", { headers, localAddress: "127.0.0.200" });
  return Number(new RegExp(`^jongleur_rejected_total\\{reason="${reason}"\\} (\\d+)$`, "m").exec(text)?.[1]);
}

test("what changes or reveals is for admins", async () => {
  const paths = (await adminRequests(tokenless)).map(({ method, path }) => `${method} ${path}`);
  expect(paths).toEqual(
    expect.arrayContaining([
      "GET /configuration",
      "GET /telemetry",
      "GET /users/x",
      "GET /rooms/x",
      "PUT /logs/levels",
    ]),
  );
  const closed = (await adminRequests(tokened)).map(({ method, path }) => `${method} ${path}`);
  expect(closed.filter((path) => !paths.includes(path))).toEqual(["GET /metrics", "GET /stats", "GET /metrics.json"]);
});

test("without an adminToken nothing of it answers to another address than loopback", async () => {
  const before = await rejected(tokenless, "admin_not_local");
  const requests = await adminRequests(tokenless);
  for (const { path, ...options } of requests) {
    const answer = await ask(fromOutside(tokenless.rest), path, { ...options, headers: JSON_HEADERS });
    expect([path, answer.status, answer.body]).toMatchObject([path, 403, { errorCode: 403_003 }]);
    expect(answer.text).toContain("over loopback");
  }
  expect(requests.length).toBeGreaterThan(4);
  expect(await rejected(tokenless, "admin_not_local")).toBe(before + requests.length);
});

test.each([
  ["a token", bearer(OLD)],
  ["the claim to be forwarded from loopback", { "X-Forwarded-For": "127.0.0.1" }],
  ["a local Host", { Host: "localhost" }],
])("%s is of no help from there", async (_name, headers) => {
  expect((await ask(fromOutside(tokenless.rest), "/telemetry", { headers })).status).toBe(403);
});

test.each([
  ["by a proxy on the machine", { "X-Forwarded-For": "198.51.100.1" }],
  ["by a name that was pointed to loopback", { Host: "rebound.example" }],
  ["by a page of another site", { Origin: "https://evil.example" }],
  ["by a page of no site", { Origin: "null" }],
  ["by a page on the machine itself", { Origin: "http://localhost:3000" }],
  ["by an image in a page", { "Sec-Fetch-Site": "cross-site" }],
])("without an adminToken a request on loopback is refused where it is made %s", async (_name, headers) => {
  const options = { method: "PUT", body: '{"level":"trace"}', headers: { ...JSON_HEADERS, ...headers } };
  const answer = await ask(tokenless.rest, "/logs/levels", options);
  expect([answer.status, answer.body]).toMatchObject([403, { errorCode: 403_003 }]);
  expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
  const { body } = await ask(tokenless.rest, "/logs/levels", {
    ...options,
    headers: JSON_HEADERS,
    body: '{"level":"info"}',
  });
  expect(body).toEqual({ level: "info", was: "info" });
});

test("no page may ask beforehand whether it may send JSON", async () => {
  const headers = { Origin: "https://evil.example", "Access-Control-Request-Method": "PUT" };
  const answer = await ask(tokenless.rest, "/logs/levels", { method: "OPTIONS", headers });
  expect([answer.status, answer.headers.allow]).toEqual([405, "PUT"]);
  const cors = Object.keys(answer.headers).filter((name) => name.startsWith("access-control"));
  expect(cors).toEqual([]);
});

test.each([
  ["http://127.0.0.1", {}],
  ["http://[::1]", {}],
  ["http://127.0.0.1", { Host: "localhost:8081" }],
])("without an adminToken somebody at %s is let in", async (origin, headers) => {
  const port = new URL(tokenless.rest).port;
  expect((await ask(`${origin}:${port}`, "/telemetry", { headers })).status).toBe(200);
});

test("with adminTokens each of them opens everything, from anywhere, and nothing opens without", async () => {
  for (const { path, ...options } of await adminRequests(tokened)) {
    for (const origin of [tokened.rest, fromOutside(tokened.rest)]) {
      const none = await ask(origin, path, { ...options, headers: JSON_HEADERS });
      expect([path, none.status, none.body]).toMatchObject([path, 401, { errorCode: 401_001 }]);
      expect(none.headers["www-authenticate"]).toBe('Bearer realm="jongleur"');
      for (const token of [OLD, NEW]) {
        const { status } = await ask(origin, path, { ...options, headers: { ...JSON_HEADERS, ...bearer(token) } });
        expect([path, [200, 204, 400, 404].includes(status)]).toEqual([path, true]);
      }
    }
  }
});

test.each([
  ["no token", ""],
  ["another scheme", `Basic ${OLD}`],
  ["nothing behind the scheme", "Bearer "],
  ["two tokens", `Bearer ${OLD} ${NEW}`],
  ["a list of them", `Bearer ${OLD},${NEW}`],
])("%s is none of them", async (_name, authorization) => {
  const options = { headers: { Authorization: authorization }, localAddress: "127.0.0.2" };
  expect((await ask(tokened.rest, "/telemetry", options)).status).toBe(401);
});

test("a token may come from a page of another origin, which has to know it", async () => {
  const headers = { ...bearer(OLD), Origin: "https://admin.example", Host: "jongleur.example" };
  expect((await ask(tokened.rest, "/configuration", { headers })).status).toBe(200);
});

test("whoever shows wrong tokens again and again is not listened to for a while, and nobody else is", async () => {
  const before = await Promise.all(["admin_token_wrong", "admin_attempts"].map((reason) => rejected(tokened, reason)));
  const localAddress = "127.0.0.3";
  const tryOnce = (token: string) => ask(tokened.rest, "/telemetry", { headers: bearer(token), localAddress });
  expect((await tryOnce(NEW)).status).toBe(200);
  for (let attempt = 0; attempt <= 10; attempt += 1) {
    const refused = await tryOnce(WRONG);
    expect(refused.status).toBe(401);
    expect(refused.headers["www-authenticate"]).toBe('Bearer realm="jongleur", error="invalid_token"');
  }
  for (const token of [WRONG, NEW]) {
    const { status, headers, body } = await tryOnce(token);
    expect([status, body]).toMatchObject([429, { errorCode: 429_001, retryAfterMs: expect.any(Number) }]);
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
  }
  expect((await ask(tokened.rest, "/telemetry", { headers: bearer(NEW), localAddress: "127.0.0.4" })).status).toBe(200);
  const after = await Promise.all(["admin_token_wrong", "admin_attempts"].map((reason) => rejected(tokened, reason)));
  expect(after).toEqual([before[0]! + 11, before[1]! + 2]);
  await eventually(() => expect(tokened.output()).toMatch(/"from":"127\.0\.0\.3".*"admin tokens refused for a while"/));
});

test("behind a trusted proxy it is the client that is not listened to; what others forward is not believed", async () => {
  const tryOnce = (token: string, localAddress: string, client: string) =>
    ask(tokened.rest, "/telemetry", { headers: { ...bearer(token), "X-Forwarded-For": client }, localAddress });
  for (let attempt = 0; attempt <= 10; attempt += 1) await tryOnce(WRONG, "127.0.0.9", "198.51.100.1");
  expect((await tryOnce(NEW, "127.0.0.9", "198.51.100.1")).status).toBe(429);
  expect((await tryOnce(NEW, "127.0.0.9", "198.51.100.2")).status).toBe(200);
  for (let attempt = 0; attempt <= 10; attempt += 1) await tryOnce(WRONG, "127.0.0.10", `198.51.100.${attempt}`);
  expect((await tryOnce(NEW, "127.0.0.10", "198.51.100.99")).status).toBe(429);
});

test("metrics and stats are open by default, and closed where they are said to be", async () => {
  for (const path of ["/metrics", "/metrics.json", "/stats"]) {
    expect((await ask(fromOutside(tokenless.rest), path)).status).toBe(200);
    expect((await ask(tokened.rest, path)).status).toBe(401);
    const closed = await ask(tokened.rest, path, { headers: bearer(OLD) });
    expect([closed.status, closed.headers["access-control-allow-origin"]]).toEqual([200, undefined]);
  }
});

test("what probes and anybody ask is open everywhere", async () => {
  for (const path of ["/livez", "/readyz", "/ping", "/health", "/about", "/openapi.json"]) {
    for (const { rest } of [tokenless, tokened]) expect((await ask(fromOutside(rest), path)).status).toBe(200);
  }
});

test("about keeps back what helps those who would get in, and nobody is shown secrets", async () => {
  const about = (await ask(tokened.rest, "/about")).body as { configuration: Record<string, unknown> };
  const all = (await ask(tokened.rest, "/configuration", { headers: bearer(OLD) })).body as Record<string, unknown>;
  const kept = Object.keys(all).filter((name) => !(name in about.configuration));
  expect(kept).toEqual(expect.arrayContaining(["key", "cert", "logPath", "jwksUrl", "jwtIssuer", "trustedProxies"]));
  expect(all).toMatchObject({ ...about.configuration, trustedProxies: "127.0.0.9" });
  for (const shown of [about, all])
    expect(JSON.stringify(shown)).not.toMatch(/"(appToken|adminToken|jwtSecret|redisUrl)"/);
  for (const shown of [about, all]) expect(JSON.stringify(shown)).not.toContain(OLD);
});

test("an empty adminToken is nobody's", async () => {
  const shut = await startPod({ adminToken: "" });
  for (const headers of [{}, bearer(""), { Authorization: "Bearer" }, bearer(OLD)]) {
    expect((await ask(shut.rest, "/telemetry", { headers })).status).toBe(401);
  }
  expect(shut.output()).toContain("adminToken is empty");
  await shut.stop();
});

test("an adminToken that could be guessed is a fault, and not shown", async () => {
  const { code, output } = await runPod({ adminToken: `${OLD},short`, metricsAccess: "closed" });
  expect(code).toBe(1);
  expect(output).toContain("adminToken: got a value that is not shown, wants tokens of 32 to 512");
  expect(output).toContain('metricsAccess: got "closed", wants open or admin');
  expect(output).not.toContain(OLD);
});

test("who changes what is logged once, also what silences the log, and tokens never", async () => {
  const put = (level: string, token: string) =>
    ask(tokened.rest, "/logs/levels", {
      method: "PUT",
      headers: { ...JSON_HEADERS, ...bearer(token) },
      body: JSON.stringify({ level }),
      localAddress: "127.0.0.5",
    });
  expect((await put("fatal", OLD)).status).toBe(200);
  expect((await put("info", NEW)).status).toBe(200);
  expect((await put("info", NEW)).body).toEqual({ level: "info", was: "info" });
  const recorded = () =>
    tokened
      .output()
      .split("\n")
      .filter((line) => line.includes("setLogLevel"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await eventually(() => expect(recorded()).toHaveLength(3));
  const record = { level: "warn", msg: "admin request", change: "setLogLevel", from: "127.0.0.5", status: 200 };
  expect(recorded()).toMatchObject([
    { ...record, was: "info", to: "fatal" },
    { ...record, was: "fatal", to: "info" },
    { ...record, was: "info", to: "info" },
  ]);
  expect(tokened.output()).not.toContain(OLD.slice(4));
});
