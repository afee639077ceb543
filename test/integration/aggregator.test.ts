// The aggregator with pods that it is told of, what becomes of those that have gone, and what it needs to start.
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { podsSeen, startAggregator, statsOf } from "../helpers/aggregator.ts";
import { eventually } from "../helpers/eventually.ts";
import { connect } from "../helpers/party.ts";
import { inherited, type Pod, startPod } from "../helpers/pod.ts";
import { closeAll } from "../helpers/rooms.ts";
import { freePort } from "../provision/free-port.ts";
import { startRedisServer } from "../provision/redis-server.ts";

/** Each test starts processes of its own. */
vi.setConfig({ testTimeout: 60_000 });

const MAIN = fileURLToPath(new URL("../../services/aggregator/src/main.ts", import.meta.url));
const PATIENCE_MS = 15_000;
const FAST = { aggregatorScrapeSeconds: "2", aggregatorTimeoutSeconds: "1" };

async function startPods(count: number): Promise<Pod[]> {
  const pods = await Promise.all(Array.from({ length: count }, () => startPod()));
  onTestFinished(async () => void (await Promise.all(pods.map((pod) => pod.stop()))));
  return pods;
}

async function watch(settings: Readonly<Record<string, string>>) {
  const aggregator = await startAggregator({ ...FAST, ...settings });
  onTestFinished(async () => void (await aggregator.stop()));
  return aggregator;
}

test("pods without Redis are found by address and by name; what one has counted outlives it, its gauges do not", async () => {
  const [one, two] = (await startPods(2)) as [Pod, Pod];
  const byName = two.rest.replace("127.0.0.1", "localhost");
  // One pod under two addresses is one pod.
  const aggregator = await watch({ aggregatorPods: [one.rest, byName, two.rest].join(",") });
  const parties = [await connect(one.url), await connect(one.url), await connect(two.url)];
  await eventually(async () => {
    expect(await statsOf(aggregator.url)).toMatchObject({ users_count: 3, users_total: 3 });
  }, PATIENCE_MS);
  const seen = await podsSeen(aggregator);
  expect(seen).toMatchObject([
    { state: "up", leaseSeconds: null },
    { state: "up", leaseSeconds: null },
  ]);
  expect(await one.stop()).toBe(0);
  await eventually(async () => {
    expect(await statsOf(aggregator.url)).toMatchObject({ users_count: 1, users_total: 3 });
    expect((await podsSeen(aggregator)).map(({ state }) => state).sort()).toEqual(["unreachable", "up"]);
  }, PATIENCE_MS);
  closeAll(parties);
});

test("what is no pod is unreachable, whatever it answers, and hides nothing of the others", async () => {
  const [pod] = (await startPods(1)) as [Pod];
  const answers = ["", "null", "[]", '{"pod":"p"}', `{"pod":"p","version":"1","started":"","number":1,"metrics":[1]}`];
  const strangers = answers.map((answer) => createServer((_, response) => response.end(answer)));
  await Promise.all(strangers.map((server) => once(server.listen(0, "127.0.0.1"), "listening")));
  const ports = strangers.map((server) => (server.address() as AddressInfo).port);
  onTestFinished(() => void strangers.map((server) => server.close()));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const aggregator = await watch({ aggregatorPods: [pod.rest, ...urls, nobody].join() });
  const states = (await podsSeen(aggregator)).map(({ state }) => state).sort();
  expect(states).toEqual([...[...urls, nobody].map(() => "unreachable"), "up"]);
  expect((await fetch(`${aggregator.url}/stats`)).headers.get("jongleur-partial")).toBe("6 of 7 pods did not answer");
});

test("a name that leads nowhere is told of in the log, and the rest goes on", async () => {
  const [pod] = (await startPods(1)) as [Pod];
  const aggregator = await watch({ aggregatorPods: `http://no-such-host.invalid:8081,${pod.rest}` });
  expect(await podsSeen(aggregator)).toMatchObject([{ state: "up" }]);
  expect(aggregator.output()).toContain("no-such-host.invalid");
});

test("without Redis no total is told before it has been read; alive it is all the same", async () => {
  const port = await freePort();
  const aggregator = await watch({ redisUrl: `redis://127.0.0.1:${port}` });
  const status = async (path: string) => (await fetch(aggregator.url + path)).status;
  for (const path of ["/readyz", "/stats", "/metrics", "/pods"]) expect(await status(path)).toBe(503);
  expect(await status("/livez")).toBe(200);
  const redis = await startRedisServer({ port });
  onTestFinished(() => redis.stop());
  await eventually(async () => expect(await status("/readyz")).toBe(200), PATIENCE_MS);
  expect(await statsOf(aggregator.url)).toMatchObject({ users_total: 0, users_count: 0 });
});

test("what it is told wrongly keeps it from starting, and it says all of it", () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN], {
    env: { ...inherited(), aggregatorPods: "localhost:8081", aggregatorPodsCa: "/nowhere" },
    encoding: "utf8",
  });
  expect(stderr).toMatch(/^The aggregator can't start:\n {2}aggregatorPods: got "localhost:8081", wants URLs/);
  expect(stderr).toMatch(/\n {2}aggregatorPodsCa: got "\/nowhere", wants a file that can be read/);
  expect(status).toBe(1);
});

test("pods are asked over TLS, and believed or not by the certificates that they are checked against", async () => {
  const folder = mkdtempSync(join(tmpdir(), "jongleur-aggregator-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [own, foreign] = [selfSigned(folder, "own"), selfSigned(folder, "foreign")];
  const pod = await startPod({ useHTTPS: "true", ...own });
  onTestFinished(async () => void (await pod.stop()));
  const aggregatorPods = pod.rest.replace("127.0.0.1", "localhost");
  const stateWith = async (settings: Readonly<Record<string, string>>) => {
    const aggregator = await watch({ aggregatorPods, ...settings });
    return (await podsSeen(aggregator)).map(({ state }) => state);
  };
  expect(await stateWith({})).toContain("up");
  expect(await stateWith({ aggregatorPodsCa: own.cert })).toContain("up");
  expect(await stateWith({ aggregatorPodsCa: foreign.cert })).not.toContain("up");
});

function selfSigned(folder: string, name: string): { key: string; cert: string } {
  const files = { key: join(folder, `${name}-key.pem`), cert: join(folder, `${name}-cert.pem`) };
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const args = ["req", ...kind, ...subject, "-keyout", files.key, "-out", files.cert];
  execFileSync("openssl", args, { stdio: "ignore" });
  return files;
}

test("pods that tell admins only what they measure are asked with a token", async () => {
  const adminToken = "0123456789abcdef".repeat(2);
  const pod = await startPod({ adminToken, metricsAccess: "admin" });
  onTestFinished(async () => void (await pod.stop()));
  const stateWith = async (settings: Readonly<Record<string, string>>) => {
    const aggregator = await watch({ aggregatorPods: pod.rest, ...settings });
    return (await podsSeen(aggregator)).map(({ state }) => state);
  };
  expect(await stateWith({})).toEqual(["unreachable"]);
  expect(await stateWith({ aggregatorPodToken: adminToken })).toEqual(["up"]);
});

test("one file of settings does for pods and aggregators: each passes over what is the other's", async () => {
  const both = { JONGLEUR_MAX_MESSAGE_BYTES: "1000", JONGLEUR_AGGREGATOR_SCRAPE_SECONDS: "2" };
  const pod = await startPod(both);
  onTestFinished(async () => void (await pod.stop()));
  const { aggregatorTimeoutSeconds } = FAST;
  const aggregator = await startAggregator({ ...both, aggregatorTimeoutSeconds, aggregatorPods: pod.rest });
  expect(await podsSeen(aggregator)).toMatchObject([{ state: "up" }]);
  expect(await aggregator.stop()).toBe(0);
});
