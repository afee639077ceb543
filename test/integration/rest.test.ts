// REST (docs/rest.md) and metrics (PROTOCOL.md, "Metrics").
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";
import { connect, event } from "../helpers/party.ts";
import { APP_TOKEN, type Pod, startPod } from "../helpers/pod.ts";

let pod: Pod;
beforeAll(async () => {
  pod = await startPod();
});
afterAll(() => pod.stop());

const METRICS_OF_JSONGLE_SERVER = [
  "users_count",
  "users_total",
  "conferences_count",
  "conferences_total",
  "duration_total",
  "recv_total",
  "sent_total",
  "p2p_count",
  "p2p_total",
  "p2p_failed_total",
  "p2p_duration_total",
  "messages_total",
  "reactions_total",
];

const get = (path: string) => fetch(pod.rest + path);
const getJson = async (path: string) => (await get(path)).json() as Promise<Record<string, unknown>>;
const stats = () => getJson("/stats") as Promise<Record<string, number>>;

test("all metrics are there from the start, with value 0", async () => {
  const fresh = await startPod();
  const answer = await fetch(`${fresh.rest}/stats`);
  expect(await answer.json()).toEqual(Object.fromEntries(METRICS_OF_JSONGLE_SERVER.map((name) => [name, 0])));
  await fresh.stop();
});

test("what is measured beyond the names of JSONgle-Server carries our prefix", async () => {
  const response = await get("/metrics");
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const families = [...(await response.text()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!);
  expect(families).toEqual(expect.arrayContaining(METRICS_OF_JSONGLE_SERVER));
  expect(families.filter((name) => !METRICS_OF_JSONGLE_SERVER.includes(name) && !name.startsWith("jongleur_"))).toEqual(
    [],
  );
});

test("gauges follow what happens, and return to zero when everyone has gone", async () => {
  const before = await stats();
  const [alice, bob] = [await connect(pod.url), await connect(pod.url)];
  const [room, muc] = [randomUUID(), randomUUID()];
  for (const party of [alice, bob]) {
    await party.join(room);
    await party.joinMuc(muc);
  }
  alice.send(muc, { action: "session-text", namespace: "muc", description: {} });
  alice.send(muc, { action: "session-event", event: "reaction", namespace: "muc", description: {} });
  alice.send(room, { action: "session-text", description: {} });
  alice.send(room, { action: "session-accept", description: {} });
  await bob.hears(({ jsongle }) => jsongle.action === "session-accept");
  const during = await stats();
  const grown = Object.fromEntries(METRICS_OF_JSONGLE_SERVER.map((name) => [name, during[name]! - before[name]!]));
  expect(grown).toMatchObject({ users_count: 2, users_total: 2, conferences_count: 2, conferences_total: 2 });
  expect(grown).toMatchObject({ p2p_total: 1, messages_total: 1, reactions_total: 1 });
  expect(grown.recv_total).toBeGreaterThan(0.001);
  alice.close();
  await bob.hears(event("left"));
  bob.close();
  await eventually(async () => expect(await stats()).toMatchObject({ users_count: 0, conferences_count: 0 }));
  expect((await stats()).duration_total).toBeGreaterThan(before.duration_total!);
});

test("traffic is counted as the JSON text of messages, both ways", async () => {
  const [alice, bob] = [await connect(pod.url), await connect(pod.url)];
  const rid = randomUUID();
  await alice.join(rid);
  await bob.join(rid);
  const before = await stats();
  const id = alice.send(rid, { action: "session-info", description: { text: "ü".repeat(100_000) } });
  const received = await bob.hears((message) => message.id === id);
  const after = await stats();
  const sent = {
    id,
    from: alice.id,
    to: rid,
    jsongle: { action: "session-info", description: { text: "ü".repeat(100_000) } },
  };
  expect(after.recv_total! - before.recv_total!).toBeCloseTo(Buffer.byteLength(JSON.stringify(sent)) / 1e6, 9);
  expect(after.sent_total! - before.sent_total!).toBeCloseTo(Buffer.byteLength(JSON.stringify(received)) / 1e6, 9);
});

test("no label holds anything that a client chooses", async () => {
  const marker = `marker${randomUUID()}`;
  const alice = await connect(pod.url, marker);
  await alice.joinMuc(marker);
  alice.send(marker, { action: marker, namespace: "muc", description: {} });
  await alice.request(marker, {}).catch(() => {});
  for (const path of [`/${marker}`, `/about?${marker}`]) await get(path);
  expect(await (await get("/metrics")).text()).not.toContain(marker);
});

test("about shows what runs and how it is set, without secrets", async () => {
  const about = await getJson("/about");
  expect(about).toMatchObject({ name: "jongleur", version: expect.any(String), description: expect.any(String) });
  expect(new Date(about.started as string).toISOString()).toBe(about.started);
  expect(about.configuration).toMatchObject({ restPort: 0, useSSL: false, maxMembersPerRoom: 2 });
  expect(JSON.stringify(about)).not.toContain(APP_TOKEN);
});

test.each(["/ping", "/health", "/livez", "/readyz"])("%s answers OK", async (path) => {
  const response = await get(path);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: "OK" });
});

test("the self-check makes a real call, also when asked many times at once", async () => {
  const before = await stats();
  const answers = await Promise.all(Array.from({ length: 10 }, () => getJson("/tests")));
  for (const answer of answers) expect(answer).toEqual({ score: 100, executionTime: expect.any(Number) });
  const after = await stats();
  expect(after.conferences_total! - before.conferences_total!).toBeGreaterThanOrEqual(1);
});

test("the self-check fails where clients could not be served", async () => {
  const full = await startPod({ maxConcurrentUsers: "1" });
  const only = await connect(full.url);
  const response = await fetch(`${full.rest}/tests`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ score: 0 });
  only.close();
  await full.stop();
});

test("telemetry tells how the machine does", async () => {
  const telemetry = await getJson("/telemetry");
  for (const name of ["memoryFree", "diskFree", "cpuFree"]) {
    expect(telemetry[name]).toBeGreaterThanOrEqual(0);
    expect(telemetry[name]).toBeLessThanOrEqual(100);
  }
  expect(telemetry).toMatchObject({
    executionTime: expect.any(Number),
    system: expect.stringContaining(process.platform),
  });
  expect(Date.parse(telemetry.uptime as string)).toBeLessThan(Date.now());
});

test("the level of the logs is changed live", async () => {
  const put = (body: string) =>
    fetch(`${pod.rest}/logs/levels`, { method: "PUT", headers: { "Content-Type": "application/json" }, body });
  expect(await (await put('{"level":"fatal"}')).json()).toEqual({ level: "fatal", was: "info" });
  const silent = await connect(pod.url);
  expect(await (await put('{"level":"info"}')).json()).toEqual({ level: "info", was: "fatal" });
  const logged = await connect(pod.url);
  await eventually(() => expect(pod.output()).toContain(logged.id));
  expect(pod.output()).not.toContain(silent.id);
  for (const body of ["{}", '{"level":"loud"}', '{"level":5}', "[]", "nonsense", ""]) {
    const refused = await put(body);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ errorCode: 400001 });
  }
});

test.each(["/about", "/stats", "/metrics"])("a page of any origin may read %s", async (path) => {
  expect((await get(path)).headers.get("access-control-allow-origin")).toBe("*");
});

test("what is not there is a 404 in JSON", async () => {
  const response = await get("/nothing");
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ errorCode: 404001 });
});
