// The master of Redis fails, dead or silent, and another takes its place: all heals, and who stayed was never gone.
import { expect, onTestFinished } from "vitest";
import { pauseMaster, pauseOwner } from "../provision/paused-master.ts";
import { type RedisCluster, startRedisCluster } from "../provision/redis-cluster.ts";
import type { RedisServer } from "../provision/redis-server.ts";
import { startSentinels } from "../provision/sentinels.ts";
import { eventually } from "./eventually.ts";
import { figure, stopwatch } from "./figures.ts";
import { type Service, startService } from "./pods.ts";
import { heals, newsOf, openScene, type Scene, staysHealed } from "./scene.ts";

export type Failure = "killed" | "paused";

const HEALED_WITHIN_MS = 10_000;
/** So that a figure is found, even one that is too high. */
const PATIENCE_MS = 30_000;

const at = (servers: readonly RedisServer[]) => servers.map(({ host, port }) => `${host}:${port}`).join(",");

async function startScene(redisUrl: string): Promise<{ service: Service; scene: Scene }> {
  const service = await startService(3, { redisUrl });
  onTestFinished(() => service.stop());
  return { service, scene: await openScene(service.pods) };
}

/** From the moment on in which the other master is in office. */
async function healsInTime({ service, scene }: { service: Service; scene: Scene }, before: unknown): Promise<void> {
  const [time, started] = [stopwatch(), performance.now()];
  await heals(scene, PATIENCE_MS);
  figure("healed after the fail-over", time());
  expect(performance.now() - started).toBeLessThan(HEALED_WITHIN_MS);
  expect(newsOf(scene)).toEqual(before);
  expect(service.pods.map((pod) => pod.exitCode())).toEqual([undefined, undefined, undefined]);
}

/** The nodes need a moment until they agree on a master that has come back. */
async function ownerIn(cluster: RedisCluster, key: string): Promise<RedisServer> {
  let owner: RedisServer | undefined;
  await eventually(async () => {
    owner = await cluster.ownerOf(key);
  }, PATIENCE_MS);
  return owner as RedisServer;
}

export async function healsWithSentinel(how: Failure): Promise<void> {
  const group = await startSentinels();
  onTestFinished(() => group.stop());
  const started = await startScene(`redis+sentinel://${at(group.sentinels)}/${group.name}`);
  const before = newsOf(started.scene);
  const old = how === "killed" ? undefined : await pauseMaster(group);
  if (!old) await group.failOver();
  await healsInTime(started, before);
  // Woken, it believes for a moment to be the master still.
  old?.resume();
  await staysHealed(started.scene, (await group.master()).url);
  expect(newsOf(started.scene)).toEqual(before);
  started.scene.close();
}

/** @param what the master that fails has */
export async function healsInCluster(how: Failure, what: "the pods' leases" | "a room"): Promise<void> {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  const started = await startScene(`redis+cluster://${at(cluster.nodes)}`);
  const before = newsOf(started.scene);
  const key = what === "a room" ? `jgl:{room:${started.scene.across.rid}}` : "jgl:pods";
  const old = how === "killed" ? undefined : await pauseOwner(cluster, key);
  if (!old) await cluster.failOver(await cluster.ownerOf(key));
  await healsInTime(started, before);
  old?.resume();
  await staysHealed(started.scene, (await ownerIn(cluster, "jgl:pods")).url);
  expect(newsOf(started.scene)).toEqual(before);
  started.scene.close();
}
