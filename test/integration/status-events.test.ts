// What the aggregator tells whoever looks at its status page, over real pods and a Redis that goes and comes back.
import { expect, onTestFinished, test, vi } from "vitest";
import { type Aggregator, startAggregator } from "../helpers/aggregator.ts";
import { type StatusTold, type Viewing, viewEvents } from "../helpers/events.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/http.ts";
import { type NamedPod, startService } from "../helpers/pods.ts";
import { isHeard } from "../helpers/refusals.ts";
import { closeAll, openRoom } from "../helpers/rooms.ts";
import { freePort } from "../provision/free-port.ts";
import { startRedisServer } from "../provision/redis-server.ts";

/** Each test starts processes of its own. */
vi.setConfig({ testTimeout: 90_000 });

const PATIENCE_MS = 20_000;
const FAST = { aggregatorScrapeSeconds: "2", aggregatorTimeoutSeconds: "1" };
const MOST_VIEWERS = 50;

async function setUp(pods: number) {
  const port = await freePort();
  let redis = await startRedisServer({ port });
  onTestFinished(() => redis.stop());
  const service = await startService(pods, { redisUrl: redis.url, podAddress: "127.0.0.1" });
  onTestFinished(() => service.stop());
  const aggregator = await watch({ redisUrl: redis.url });
  const restart = async () => {
    redis = await startRedisServer({ port });
  };
  return { service, aggregator, stopRedis: () => redis.stop(), startRedis: restart };
}

async function watch(settings: Readonly<Record<string, string>>): Promise<Aggregator> {
  const aggregator = await startAggregator({ ...FAST, ...settings });
  onTestFinished(async () => void (await aggregator.stop()));
  return aggregator;
}

const latest = ({ told }: Viewing) => told.at(-1) as StatusTold;
const happened = ({ told }: Viewing) => new Set(told.flatMap(({ happenings = [] }) => happenings.map(inWords)));
const inWords = ({ kind, pod }: StatusTold["happenings"][number]) => (pod === undefined ? kind : `${kind} ${pod}`);

test("who looks is told at once of all pods, and of each that joins, drains, stands still or is killed", async () => {
  const { service, aggregator } = await setUp(3);
  const [drained, killed, paused] = service.pods as [NamedPod, NamedPod, NamedPod];
  await eventually(async () => {
    const { pods, happenings, missing } = latest(await viewEvents(aggregator.url));
    expect(pods.map(({ pod, state }) => `${pod?.slice(0, 12)} ${state}`).sort()).toEqual(
      service.pods.map(({ name }) => `${name} up`).sort(),
    );
    expect([happenings, missing]).toEqual([[], []]);
  }, PATIENCE_MS);
  const viewing = await viewEvents(aggregator.url);
  expect(viewing.headers).toMatchObject({ "content-type": expect.stringMatching(/^text\/event-stream/) });
  const fullNames = latest(viewing).pods.map(({ pod }) => pod ?? "");
  const nameOf = ({ name }: NamedPod) => fullNames.find((full) => full.startsWith(name)) ?? "";

  killed.process.kill("SIGKILL");
  await eventually(() => expect(happened(viewing)).toContain(`unreachable ${nameOf(killed)}`), PATIENCE_MS);
  paused.process.kill("SIGSTOP");
  await eventually(() => {
    expect(happened(viewing)).toContain(`late ${nameOf(paused)}`);
    expect(latest(viewing).missing.join()).toMatch(/of \d pods did not answer/);
  }, PATIENCE_MS);
  paused.process.kill("SIGCONT");
  expect(await drained.stop()).toBe(0);
  const added = await service.add();
  await eventually(() => {
    const kinds = [...happened(viewing)];
    expect(kinds).toEqual(
      expect.arrayContaining([`died ${nameOf(killed)}`, `ended ${nameOf(drained)}`, `answers ${nameOf(paused)}`]),
    );
    expect(kinds.some((kind) => kind.startsWith(`joined ${added.name}`))).toBe(true);
    expect(latest(viewing).pods).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ pod: nameOf(killed), state: "died", connections: null }),
        expect.objectContaining({ pod: nameOf(drained), state: "ended" }),
      ]),
    );
    expect(latest(viewing).missing).toEqual([]);
  }, PATIENCE_MS);
});

test("connections, rooms and messages a second are those of all pods together", async () => {
  const { service, aggregator } = await setUp(2);
  const [one, two] = service.pods as [NamedPod, NamedPod];
  const { rid, members } = await openRoom(one, two);
  onTestFinished(() => closeAll(members));
  const viewing = await viewEvents(aggregator.url);
  const [ann, bob] = members;
  await eventually(async () => {
    await isHeard(rid, ann, [bob]);
    expect(latest(viewing).figures).toMatchObject({ connections: 2, rooms: 1 });
    expect(latest(viewing).figures.messagesPerSecond).toBeGreaterThan(0);
  }, PATIENCE_MS);
});

test("that Redis is away and back is told, and meanwhile that not all is told", async () => {
  const { service, aggregator, stopRedis, startRedis } = await setUp(1);
  const viewing = await viewEvents(aggregator.url);
  await eventually(() => expect(latest(viewing).missing).toEqual([]), PATIENCE_MS);
  await stopRedis();
  await eventually(() => {
    expect(happened(viewing)).toContain("redisAway");
    expect(latest(viewing).missing).toContain("Redis is away");
    expect(latest(viewing).pods).toMatchObject([{ state: "up" }]);
  }, PATIENCE_MS);
  await startRedis();
  await eventually(() => {
    expect(happened(viewing)).toContain("redisBack");
    expect(latest(viewing).missing).toEqual([]);
    expect(latest(viewing).pods).toContainEqual(expect.objectContaining({ state: "up" }));
  }, PATIENCE_MS);
  expect(service.pods).toHaveLength(1);
});

test("before Redis has been read nothing is told but what it waits for", async () => {
  const aggregator = await watch({ redisUrl: `redis://127.0.0.1:${await freePort()}` });
  const viewing = await viewEvents(aggregator.url);
  await eventually(() => expect(latest(viewing).waiting).toMatch(/Redis/), PATIENCE_MS);
  expect(latest(viewing)).not.toHaveProperty("pods");
});

test("so many may look and no more; with the aggregator all streams end, and none of them holds it up", async () => {
  const aggregator = await watch({ aggregatorPods: `http://127.0.0.1:${await freePort()}` });
  const viewings = await Promise.all(Array.from({ length: MOST_VIEWERS }, () => viewEvents(aggregator.url)));
  expect(new Set(viewings.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await ask(aggregator.url, "/events")).toMatchObject({ status: 503, body: { status: "too many viewers" } });
  expect(await ask(aggregator.url, "/events", { method: "HEAD" })).toMatchObject({ status: 503 });
  expect(await aggregator.stop()).toBe(0);
  await eventually(() => expect(new Set(viewings.map(({ end }) => end()))).toEqual(new Set(["ended"])));
  expect(aggregator.output()).not.toContain("did not stop cleanly");
});

test("the page and its files may load nothing but themselves, be shown in no other page, and are described", async () => {
  const aggregator = await watch({ aggregatorPods: `http://127.0.0.1:${await freePort()}` });
  const paths = ["/", "/status.js", "/lines.js", "/status.css"];
  for (const path of paths) {
    const { status, headers, text } = await ask(aggregator.url, path);
    expect([status, text.length > 0]).toEqual([200, true]);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toMatch(/default-src 'none';.*script-src 'self';.*frame-ancestors 'none'/);
    expect(policy).not.toContain("unsafe");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff" });
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  }
  expect(await ask(aggregator.url, "/events", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
  const { body } = await ask(aggregator.url, "/openapi.json");
  expect(Object.keys((body as { paths: object }).paths)).toEqual(expect.arrayContaining([...paths, "/events"]));
});
