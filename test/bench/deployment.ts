// What is measured: some pods, with a Redis of their own or alone.
import { APP_TOKEN } from "../helpers/pod.ts";
import { type NamedPod, startService } from "../helpers/pods.ts";
import { serverFacts } from "../provision/info.ts";
import { startRedisServer } from "../provision/redis-server.ts";
import { pin } from "./cores.ts";

export interface Layout {
  readonly pods: number;
  /** In its memory, as one pod, or in Redis with the kind of pub/sub between pods. */
  readonly state: "memory" | "sharded" | "classic";
  /** Of all pods, over those of the bench. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Deployment {
  readonly pods: readonly NamedPod[];
  /** Undefined where pods keep their state in memory. */
  readonly redis: { readonly url: string; readonly pid: number } | undefined;
  readonly appToken: string;
  readonly stop: () => Promise<void>;
}

/** Clients of one pod. */
const MOST = "100000";

/** @returns it once all pods are ready, on a core of their own */
export async function deploy({ pods: count, state, settings: more }: Layout): Promise<Deployment> {
  await using starting = new AsyncDisposableStack();
  const redis = state === "memory" ? undefined : await startRedis(starting);
  const settings = { maxConcurrentUsers: MOST, maxMultiRoomPerUser: "100" };
  const service = await startService(count, {
    ...settings,
    ...(redis && { redisUrl: redis.url, redisPubSub: state }),
    ...more,
  });
  starting.defer(service.stop);
  for (const { process } of service.pods) await pin(process.pid ?? 0, "service");
  const started = starting.move();
  return { pods: service.pods, redis, appToken: APP_TOKEN, stop: () => started.disposeAsync() };
}

async function startRedis(starting: AsyncDisposableStack): Promise<NonNullable<Deployment["redis"]>> {
  const server = await startRedisServer();
  starting.defer(() => server.stop());
  const { pid } = await serverFacts(server.url);
  await pin(pid, "service");
  return { url: server.url, pid };
}
