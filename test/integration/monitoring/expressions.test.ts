// Every expression of dashboards and rules, asked of a real Prometheus that watches real pods and an aggregator.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Aggregator, startAggregator } from "../../helpers/aggregator.ts";
import { call } from "../../helpers/call.ts";
import { dashboardTargets } from "../../helpers/dashboards.ts";
import { eventually } from "../../helpers/eventually.ts";
import { figure } from "../../helpers/figures.ts";
import { JWT_SECRET, startMse } from "../../helpers/mse-client.ts";
import { type NamedPod, type Service, startService } from "../../helpers/pods.ts";
import { notePrograms } from "../../helpers/programs.ts";
import { metricsIn, queryPrometheus, rulesOf } from "../../helpers/prometheus.ts";
import { isHeard } from "../../helpers/refusals.ts";
import { openMuc, openRoom } from "../../helpers/rooms.ts";
import { findPrometheus } from "../../provision/local-prometheus.ts";
import type { FoundProgram } from "../../provision/program.ts";
import { type Prometheus, startPrometheus } from "../../provision/prometheus.ts";
import { type RedisServer, startRedisServer } from "../../provision/redis-server.ts";

/** Where Prometheus has to be unpacked, that comes first. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 300_000 });
const PATIENCE_MS = 30_000;

/** What has no number while all is well, by the metric that is asked for: then it only has to be read. */
const LATER = new Map([["jongleur_reaped_after_seconds", "nobody has died, so that no ghost has an age"]]);

let program: FoundProgram;
let redis: RedisServer;
let service: Service;
let aggregator: Aggregator;
let prometheus: Prometheus;
beforeAll(async () => {
  program = await findPrometheus("prometheus");
  redis = await startRedisServer();
  service = await startService(2, {
    redisUrl: redis.url,
    podAddress: "127.0.0.1",
    leaseSeconds: "4",
    leaseRenewalSeconds: "1",
    jwtSecret: JWT_SECRET,
    jwtRequired: "false",
  });
  aggregator = await startAggregator({
    redisUrl: redis.url,
    aggregatorScrapeSeconds: "2",
    aggregatorTimeoutSeconds: "1",
  });
  prometheus = await startPrometheus(program, configuration());
  await hasSeen(2);
  await makeLoad();
  await hasSeen(2);
});
afterAll(async () => {
  await prometheus?.stop();
  await aggregator?.stop();
  await service?.stop();
  await redis?.stop();
});
notePrograms(() => [program]);

const podsOf = () => service.pods as [NamedPod, NamedPod];
const ask = (expr: string) => queryPrometheus(prometheus.url, expr);

/** That which is shipped, with the addresses of these processes, and a second for 15. */
function configuration(): string {
  const replace = (text: string, what: string, by: string) => {
    expect(text).toContain(what);
    return text.replaceAll(what, by);
  };
  const shipped = readFileSync("infra/prometheus/prometheus.yml", "utf8");
  const hosts = podsOf().map(({ rest }) => new URL(rest).host);
  const withPods = replace(shipped, "localhost:8181, localhost:8182, localhost:8183", hosts.join(", "));
  const withAggregator = replace(withPods, "localhost:8184", new URL(aggregator.url).host);
  const quick = replace(withAggregator, "interval: 15s", "interval: 1s");
  return replace(quick, "rules/*.yml", join(process.cwd(), "infra/prometheus/rules/*.yml"));
}

/** Waits until Prometheus has asked everybody so many times more. */
async function hasSeen(times: number): Promise<void> {
  const since = Date.now() / 1000;
  await eventually(async () => {
    const elapsed = Math.ceil(Date.now() / 1000 - since) + 1;
    const seen = await ask(`count_over_time(up[${elapsed}s])`);
    expect(seen.map(({ metric }) => metric.job).sort()).toEqual([
      "jongleur-aggregator",
      "jongleur-pods",
      "jongleur-pods",
    ]);
    expect((await ask("up")).map(({ value }) => value)).toEqual([1, 1, 1]);
    expect(Math.min(...seen.map(({ value }) => value))).toBeGreaterThan(times);
  }, PATIENCE_MS);
}

/** Calls, chat and MSE over both pods. Who takes part stays. */
async function makeLoad(): Promise<void> {
  const [one, other] = podsOf();
  const { rid, members } = await openMuc([one, other, one]);
  const [ann, ...others] = members;
  for (let n = 0; n < 20; n++) await isHeard(rid, ann!, others);
  for (const pods of [
    [one, other],
    [other, one],
    [one, one],
    [other, other],
  ] as const) {
    const room = await openRoom(...pods);
    await call(room.rid, ...room.members);
  }
  const room = randomUUID();
  for (const { url } of podsOf()) await startMse(url, `user-${randomUUID()}`, room);
}

const isForLater = (expr: string) => metricsIn(expr).some((name) => LATER.has(name));
/** @throws if there is none that is a number */
async function hasSeries(expr: string): Promise<void> {
  const series = await ask(expr);
  const numbers = series.filter(({ value }) => Number.isFinite(value));
  if (numbers.length === 0) throw new Error(`${expr} has no series that is a number: ${JSON.stringify(series)}`);
}
/** @returns what they complain of, each in a sentence */
async function faultsOf(exprs: readonly string[]): Promise<string[]> {
  const results = await Promise.allSettled(exprs.map(hasSeries));
  return results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
}
const eventuallyFaultless = (exprs: readonly string[]) =>
  eventually(async () => expect(await faultsOf(exprs)).toEqual([]), PATIENCE_MS);

/** What an alert compares with its bound: where all is well, all of it is empty. */
function compared(query: string): string {
  const [, left] = /^(.+) [<>] [\d.]+$/s.exec(query) ?? [];
  if (left === undefined) throw new Error(`${query} does not end with a bound`);
  return left;
}

/** Of recording rules what they have recorded, of alerts what they compare. */
async function ruleExprs(): Promise<readonly string[]> {
  const rules = await rulesOf(prometheus.url);
  return rules.map(({ type, name, query }) => (type === "recording" ? name : compared(query)));
}
const dashboardExprs = () => dashboardTargets().map(({ expr }) => expr);

test.each([
  ["dashboard", async () => dashboardExprs()],
  ["rule", ruleExprs],
])("every expression of every %s returns series, but those of what has not happened", async (_, exprs) => {
  const all = await exprs();
  expect(all.length).toBeGreaterThan(20);
  await eventuallyFaultless(all.filter((expr) => !isForLater(expr)));
  figure("expressions", String(all.length));
  const rest = all.filter(isForLater);
  expect(await faultsOf(rest)).toEqual(rest.map((expr) => expect.stringContaining(`${expr} has no series that is`)));
  figure("of them for later", `${rest.length}, as ${[...LATER.values()].join(", ")}`);
});

test("while all is well no rule has a fault, and no alert is on its way", async () => {
  await eventually(async () => {
    const rules = await rulesOf(prometheus.url);
    const faulty = rules.filter(({ health, lastError }) => health !== "ok" || lastError);
    expect(faulty).toEqual([]);
    const active = rules.filter(({ state }) => state !== undefined && state !== "inactive");
    expect(active.map(({ name, state }) => `${name} is ${state}`)).toEqual([]);
  }, PATIENCE_MS);
});

test("an expression that names what is not there, or can't be read, is found", async () => {
  expect(await faultsOf(["jongleur_nothing_total", "rate(users_total)", "users_count"])).toEqual([
    expect.stringContaining("jongleur_nothing_total has no series"),
    expect.stringContaining("expected type range vector"),
  ]);
});

test("every metric of a dashboard or rule is on the page of metrics, or recorded", async () => {
  const page = readFileSync("docs/metrics.md", "utf8");
  const rules = await rulesOf(prometheus.url);
  const known = new Set(Array.from(page.matchAll(/^\| `(\w+)` \|/gm), ([, name]) => name));
  // Prometheus's own.
  known.add("up");
  for (const { name, type } of rules) if (type === "recording") known.add(name);
  const exprs = [...dashboardExprs(), ...rules.map(({ query }) => query)];
  const asked = exprs.flatMap(metricsIn);
  expect(new Set(asked).size).toBeGreaterThan(40);
  expect([...new Set(asked)].filter((name) => !known.has(name))).toEqual([]);
});

// The last two: nothing is well afterwards.
test("a pod is killed: once others have given back what it held, the rest of the expressions return series, too", async () => {
  podsOf()[0].process.kill("SIGKILL");
  await areActive("JongleurPodMissing", "JongleurGhosts");
  await eventuallyFaultless([...dashboardExprs(), ...(await ruleExprs())].filter(isForLater));
});

test("Redis goes: the alerts for it are on their way", async () => {
  await redis.kill();
  await areActive("JongleurRedisAway", "JongleurRedisFailing");
});

async function areActive(...alerts: readonly string[]): Promise<void> {
  await eventually(async () => {
    const rules = await rulesOf(prometheus.url);
    const active = rules.filter(({ state }) => state === "pending" || state === "firing").map(({ name }) => name);
    expect(active).toEqual(expect.arrayContaining([...alerts]));
  }, PATIENCE_MS);
}
