// The pods of one service, each a process of its own, on one Redis.
import { randomUUID } from "node:crypto";
import { eventually } from "./eventually.ts";
import { type Pod, startPod } from "./pod.ts";

export interface NamedPod extends Pod {
  /** No other's name holds it, so that what Redis keeps of the pod can be found by it. */
  readonly name: string;
}

export interface Service {
  /** All that were started, in that order. */
  readonly pods: readonly NamedPod[];
  /** @returns one more, once it is ready. @param settings over those of all */
  readonly add: (settings?: Settings) => Promise<NamedPod>;
  /** Stops all that still run. @throws if one had ended by itself, with a fault */
  readonly stop: () => Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

/** What a pod needs to start where many start at the same time. */
const PATIENCE_MS = 30_000;

/** @returns the service, once all of its pods are ready. @param settings of all pods; `redisUrl` is needed */
export async function startService(count: number, settings: Settings): Promise<Service> {
  const pods: NamedPod[] = [];
  const service: Service = {
    pods,
    add: async (more = {}) => {
      const pod = await startNamedPod({ ...settings, ...more });
      pods.push(pod);
      await isReady(pod);
      return pod;
    },
    stop: () => stopAll(pods),
  };
  const starting = Array.from({ length: count }, () => service.add());
  try {
    await Promise.all(starting);
  } catch (error) {
    await Promise.allSettled(starting);
    await stopAll(pods);
    throw error;
  }
  return service;
}

/** Does not wait until it is ready: one that finds no Redis never is. */
export async function startNamedPod(settings: Settings): Promise<NamedPod> {
  const name = `pod-${randomUUID().slice(0, 8)}`;
  return Object.assign(await startPod({ podName: name, ...settings }), { name });
}

/** The status with which a pod answers a probe. */
export async function probe({ rest }: Pod, path: "livez" | "readyz"): Promise<number> {
  return (await fetch(`${rest}/${path}`)).status;
}

/** Waits until the pods are ready. */
export async function areReady(pods: readonly NamedPod[], patience = PATIENCE_MS): Promise<void> {
  await Promise.all(pods.map((pod) => isReady(pod, patience)));
}

async function isReady({ rest, name }: NamedPod, patience = PATIENCE_MS): Promise<void> {
  await eventually(async () => {
    const response = await fetch(`${rest}/readyz`);
    const said = await response.text();
    if (response.status !== 200) throw new Error(`${name} is not ready: it answers ${response.status} ${said}`);
  }, patience);
}

async function stopAll(pods: readonly NamedPod[]): Promise<void> {
  // One that a test has stopped has ended with 0, and one that a test has killed has no exit code.
  const fallen = pods.filter((pod) => (pod.exitCode() ?? 0) !== 0);
  for (const { process } of pods) process.kill("SIGCONT");
  await Promise.all(pods.map((pod) => pod.stop()));
  if (fallen.length === 0) return;
  const told = fallen.map((pod) => `${pod.name} has ended by itself with ${pod.exitCode()}:\n${pod.output()}`);
  throw new Error(told.join("\n\n"));
}

/** A metric without labels, as a pod tells it. */
export async function readMetric({ rest }: Pick<Pod, "rest">, name: string): Promise<number> {
  const metrics = await (await fetch(`${rest}/metrics`)).text();
  const value = new RegExp(`^${name} (\\S+)$`, "m").exec(metrics)?.[1];
  if (value === undefined) throw new Error(`there is no metric ${name} without labels`);
  return Number(value);
}
