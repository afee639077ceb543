// docs/metrics.md holds every metric of pods and aggregators, as it is, and no other; there are never too many of them.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Aggregator, startAggregator } from "../helpers/aggregator.ts";
import { call } from "../helpers/call.ts";
import { connect } from "../helpers/party.ts";
import { type NamedPod, type Service, startService } from "../helpers/pods.ts";
import { isHeard } from "../helpers/refusals.ts";
import { closeAll, openMuc, openRoom } from "../helpers/rooms.ts";
import { type RedisServer, startRedisServer } from "../provision/redis-server.ts";

const MOST_SERIES = 1500;

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly aggregator: string;
  readonly values: readonly { readonly labels: Readonly<Record<string, unknown>> }[];
}

let redis: RedisServer;
let service: Service;
let aggregator: Aggregator;
beforeAll(async () => {
  redis = await startRedisServer();
  service = await startService(2, { redisUrl: redis.url, podAddress: "127.0.0.1" });
  aggregator = await startAggregator({ redisUrl: redis.url });
}, 60_000);
afterAll(async () => {
  await aggregator?.stop();
  await service?.stop();
  await redis?.stop();
});

const podsOf = () => service.pods as [NamedPod, NamedPod];
const measuredBy = async ({ rest }: NamedPod) => {
  return ((await (await fetch(`${rest}/metrics.json`)).json()) as { metrics: Metric[] }).metrics;
};

/** Rows of the page's tables: those of pods say how they are merged. */
function documented(): { pod: string[]; aggregator: string[] } {
  const rows = readFileSync("docs/metrics.md", "utf8").matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]+) \| (.*) \|$/gm);
  const all = Array.from(rows, ([, name, type, , rest]) => ({
    name: name!,
    type: type!,
    merge: rest!.split(" | ")[0]!,
  }));
  const ofAggregator = all.filter(({ name }) => name.startsWith("jongleur_aggregator_"));
  return {
    pod: all.filter((row) => !ofAggregator.includes(row)).map(({ name, type, merge }) => `${name} ${type} ${merge}`),
    aggregator: ofAggregator.map(({ name, type }) => `${name} ${type}`),
  };
}

test("each metric of a pod is on the page, with its type and how it is merged, and no other is", async () => {
  const metrics = await measuredBy(podsOf()[0]);
  const measured = metrics.map(({ name, type, aggregator: merge }) => `${name} ${type} ${merge}`);
  expect(documented().pod.sort()).toEqual(measured.sort());
});

test("each metric of an aggregator is on the page, and no other is", async () => {
  const page = await (await fetch(`${aggregator.url}/metrics`)).text();
  const types = page.matchAll(/^# TYPE (jongleur_aggregator_\w+) (\w+)$/gm);
  expect(documented().aggregator.sort()).toEqual(Array.from(types, ([, name, type]) => `${name} ${type}`).sort());
});

test("the aggregator tells all that pods do, but for what is each pod's own", async () => {
  const page = await (await fetch(`${aggregator.url}/metrics`)).text();
  const told = new Set(Array.from(page.matchAll(/^# TYPE (\w+) /gm), ([, name]) => name));
  const merged = documented().pod.filter((row) => !row.endsWith(" omit"));
  expect(merged.map((row) => row.split(" ")[0]!).filter((name) => !told.has(name))).toEqual([]);
});

test("a pod has 1,500 series at most, and none of what clients say is in them", async () => {
  const marker = `marker${randomUUID()}`;
  const [one, other] = podsOf();
  const { members } = await openMuc([one, other, one]);
  const room = await openRoom(one, other);
  await call(room.rid, ...room.members);
  const stranger = await connect(one.url, marker);
  await stranger.joinMuc(marker);
  for (let n = 0; n < 50; n++) {
    stranger.send(marker, { action: `${marker}${n}`, namespace: "muc", description: {} });
    await stranger.request(`${marker}${n}`, {}).catch(() => {});
  }
  for (let n = 0; n < 20; n++) await fetch(`${one.rest}/${marker}${n}`);
  const metrics = await measuredBy(one);
  expect(JSON.stringify(metrics)).not.toContain(marker);
  expect(metrics.flatMap(({ values }) => values).length).toBeLessThanOrEqual(MOST_SERIES);
  closeAll([...members, ...room.members, stranger]);
});

test("what is measured of joins, relays, pods and Redis is there once it has happened", async () => {
  const [one, other] = podsOf();
  const { rid, members } = await openMuc([one, other]);
  await isHeard(rid, members[0]!, [members[1]!]);
  const page = await (await fetch(`${one.rest}/metrics`)).text();
  const valueIn = (series: string) =>
    Number(
      page
        .split("\n")
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length),
    );
  const grown = [
    'jongleur_join_seconds_count{kind="muc"}',
    'jongleur_join_seconds_bucket{kind="muc",le="+Inf"}',
    "jongleur_relay_seconds_count",
    'jongleur_relays_total{class="chat",outcome="relayed"}',
    'jongleur_redis_command_seconds_count{use="commands"}',
    'jongleur_redis_command_seconds_count{use="lease"}',
    'jongleur_redis_command_seconds_count{use="publications"}',
    'jongleur_sessions{protocol="jsongle"}',
    'jongleur_connections{protocol="jsongle"}',
  ];
  const found = new Map(grown.map((series) => [series, valueIn(series)]));
  for (const [series, value] of found) expect(value, series).toBeGreaterThan(0);
  // The second to join has asked the first one's pod whether it knows.
  const elsewhere = await (await fetch(`${other.rest}/metrics`)).text();
  expect(elsewhere).toMatch(/^jongleur_bus_round_trip_seconds_count [1-9]/m);
  expect(page).toContain('jongleur_redis_failures_total{use="commands"} 0\n');
  closeAll(members);
});
