// The document at /openapi.json: it is valid, and says of each endpoint what a real pod answers.
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, bearer, fromOutside, type HttpAnswer, JSON_HEADERS } from "../../helpers/http.ts";
import { connect, type Party } from "../../helpers/party.ts";
import { type Pod, startPod } from "../../helpers/pod.ts";

/** A pod that looks for a Redis that is not there takes its time. */
const PATIENCE_MS = 30_000;

const TOKEN = "0123456789abcdef".repeat(2);

interface Operation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly requestBody?: unknown;
  readonly parameters?: readonly unknown[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Api {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Request {
  readonly method: string;
  /** With names for its parameters. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A pod, and the document that it gives. */
interface Stage {
  readonly pod: Pod;
  readonly api: Api;
}

let open: Stage;
/** With an adminToken, and a Redis that is not there. */
let closed: Stage;
let alice: Party;
let bob: Party;
beforeAll(async () => {
  const settings = {
    adminToken: TOKEN,
    metricsAccess: "admin",
    redisUrl: "redis://127.0.0.1:1",
    maxConcurrentUsers: "1",
  };
  [open, closed] = await Promise.all([setStage({}), setStage(settings)]);
  [alice, bob] = [await connect(open.pod.url, "alice"), await connect(open.pod.url, "bob")];
  await alice.join("room");
  await bob.join("room");
}, PATIENCE_MS);
afterAll(async () => {
  for (const party of [alice, bob]) party.close();
  await Promise.all([open.pod.stop(), closed.pod.stop()]);
}, PATIENCE_MS);

async function setStage(settings: Readonly<Record<string, string>>): Promise<Stage> {
  const pod = await startPod(settings);
  return { pod, api: (await ask(pod.rest, "/openapi.json")).body as Api };
}

/** Each answer that a document has, as `GET /about 200`. */
function answersOf({ api }: Stage): string[] {
  return operationsOf(api).flatMap(({ name, operation }) =>
    Object.keys(operation.responses).map((status) => `${name} ${status}`),
  );
}

function operationsOf({ paths }: Api) {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method,
      path,
      operation,
    })),
  );
}

/** Finds what the document says of an answer, and holds the answer to it. @returns its name in the document */
function checkAnswer({ api }: Stage, { method, path }: Request, answer: HttpAnswer): string {
  const found = operationsOf(api).find((one) => one.method === method.toLowerCase() && pattern(one.path).test(path));
  const name = `${found?.name ?? `${method} ${path}`} ${answer.status}`;
  const response = found?.operation.responses[answer.status];
  if (!found || !response) throw new Error(`${name} is not documented: ${answer.text}`);
  const [type] = Object.keys(response.content ?? {});
  expect([name, answer.headers["content-type"]?.toLowerCase().split(";")[0]]).toEqual([name, type?.split(";")[0]]);
  if (type === undefined) expect([name, answer.text]).toEqual([name, ""]);
  else
    checkBody(
      api,
      ["paths", found.path, found.method, "responses", `${answer.status}`, "content", type, "schema"],
      answer,
    );
  return name;
}

function checkBody(api: Api, way: readonly string[], answer: HttpAnswer): void {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(api, "api");
  const pointer = way.map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
  const validate = ajv.compile({ $ref: `api#/${pointer}` });
  const body = answer.headers["content-type"]?.startsWith("application/json") ? answer.body : answer.text;
  expect(validate(body), `${way.join(" ")}: ${ajv.errorsText(validate.errors)} in ${answer.text}`).toBe(true);
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

/** One for each operation that fits, with an empty object as body. */
function requestsTo({ api }: Stage, fits: (operation: Operation) => boolean): Request[] {
  return operationsOf(api)
    .filter(({ operation }) => fits(operation))
    .map(({ method, path, operation }) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, "nobody"),
      ...(operation.requestBody ? { body: "{}", headers: JSON_HEADERS } : {}),
    }));
}

const isForAdmins = ({ security }: Operation) => security.length > 0;
const hasBody = ({ requestBody }: Operation) => requestBody !== undefined;

/** What is asked of a pod that is well, in this order, and how it is answered. */
const GOOD: readonly (Request & { readonly status: number })[] = [
  ...["/livez", "/readyz", "/metrics", "/metrics.json", "/about", "/ping", "/health", "/stats", "/tests"].map((path) =>
    get(path, 200),
  ),
  ...["/openapi.json", "/configuration", "/telemetry", "/users/alice", "/rooms/room"].map((path) => get(path, 200)),
  ...["/users/nobody", "/rooms/nobody"].map((path) => get(path, 404)),
  ...["/users/%", "/rooms/%ff"].map((path) => get(path, 400)),
  ...["/rooms/%", "/users/%/sessions", "/users/%/sessions/s"].map((path) => remove(path, 400)),
  send("PUT", "/logs/levels", { level: "info" }, 200),
  send("PUT", "/rooms/room/lock", { locked: true }, 200),
  send("PUT", "/rooms/nobody/lock", { locked: true }, 404),
  send("POST", "/rooms/room/kick", { uid: "bob", seconds: 60 }, 200),
  send("POST", "/rooms/room/kick", { uid: "nobody" }, 404),
  ...["/rooms/room", "/users/bob/sessions"].map((path) => remove(path, 200)),
  ...["/rooms/nobody", "/users/nobody/sessions", "/users/alice/sessions/none"].map((path) => remove(path, 404)),
];

/** And of one that is not. */
const BAD: readonly (Request & { readonly status: number })[] = [
  ...["/readyz", "/tests", "/users/alice", "/rooms/room"].map((path) => get(path, 503)),
  ...["/metrics", "/metrics.json", "/stats"].map((path) => get(path, 200)),
  send("PUT", "/rooms/room/lock", { locked: true }, 503),
  send("POST", "/rooms/room/kick", { uid: "alice" }, 503),
  ...["/rooms/room", "/users/alice/sessions", "/users/alice/sessions/s"].map((path) => remove(path, 503)),
];

function get(path: string, status: number) {
  return { method: "GET", path, status };
}

function remove(path: string, status: number) {
  return { method: "DELETE", path, status };
}

function send(method: string, path: string, body: unknown, status: number) {
  return { method, path, body: JSON.stringify(body), headers: JSON_HEADERS, status };
}

test("the document of each pod is valid OpenAPI 3.1", async () => {
  for (const { api } of [open, closed]) {
    expect(api.openapi).toMatch(/^3\.1\./);
    expect(await new Validator().validate(structuredClone(api) as never)).toMatchObject({ valid: true });
    const ids = operationsOf(api).map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test("every answer of the document is given by a pod, and is as it says", { timeout: PATIENCE_MS }, async () => {
  const given = new Set<string>();
  const check = async (stage: Stage, request: Request & { readonly status?: number }, origin = stage.pod.rest) => {
    const answer = await ask(origin, request.path, request);
    expect(`${request.method} ${request.path} ${answer.status}`).toBe(
      `${request.method} ${request.path} ${request.status ?? answer.status}`,
    );
    given.add(checkAnswer(stage, request, answer));
  };
  for (const request of GOOD) await check(open, request);
  await check(open, remove(`/users/alice/sessions/${alice.id}`, 200));
  for (const request of requestsTo(open, isForAdmins))
    await check(open, { ...request, status: 403 }, fromOutside(open.pod.rest));
  for (const request of requestsTo(open, hasBody)) {
    await check(open, { ...request, status: 400 });
    await check(open, { ...request, body: `"${"x".repeat(10_000)}"`, status: 413 });
    await check(open, { ...request, headers: { "Content-Type": "application/json; charset=klingon" }, status: 415 });
  }
  for (const request of BAD)
    await check(closed, { ...request, headers: { ...request.headers, ...bearer(TOKEN) } as never });
  for (const request of requestsTo(closed, isForAdmins)) await check(closed, { ...request, status: 401 });
  const wrong = { Authorization: `Bearer ${TOKEN}x` };
  for (let attempt = 0; attempt <= 10; attempt += 1) await ask(closed.pod.rest, "/telemetry", { headers: wrong });
  for (const request of requestsTo(closed, isForAdmins))
    await check(closed, { ...request, headers: wrong, status: 429 });
  // Who is let in by a token, or by being local, is a matter of settings: a document says both.
  const documented = new Set([open, closed].flatMap(answersOf));
  for (const path of ["/metrics", "/metrics.json", "/stats"]) documented.delete(`GET ${path} 403`);
  expect([...documented].filter((answer) => !given.has(answer))).toEqual([]);
  expect(given.size).toBeGreaterThan(40);
});
