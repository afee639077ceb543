// One measurement: a scenario on a deployment, and what each message or cycle has cost.
import { type Deployment, deploy, type Layout } from "./deployment.ts";
import { generate } from "./generation.ts";
import type { Faults, Outcome, Scenario } from "./plan.ts";

export interface Trial extends Layout {
  readonly name: string;
  readonly scenario: Scenario;
  /** Pods that have clients; the others have nothing to do with it. */
  readonly used: number;
  /** So many times the pairs; 1 if not given. */
  readonly crowd?: number;
  /** Whether the two of a pair are at the same pod. */
  readonly together?: boolean;
}

export interface Effort {
  readonly pairs: number;
  readonly seconds: number;
}

/** Microseconds of CPU are per message or cycle. */
export interface Measurement {
  readonly perSecond: number;
  /** All pods and Redis. */
  readonly totalUs: number;
  readonly redisUs: number;
  /** One pod without clients, on average; undefined if there is none. */
  readonly bystanderUs: number | undefined;
  /** Part of its core that the generator was busy: close to 1, it was the limit. */
  readonly generatorLoad: number;
  readonly faults: Faults;
}

const WARMUP_MS = 4000;

export async function measure(trial: Trial, effort: Effort): Promise<Measurement> {
  const deployment = await deploy(trial);
  try {
    return await measureOn(deployment, trial, effort);
  } finally {
    await deployment.stop();
  }
}

/** The same on a deployment that is there already. */
export async function measureOn(
  deployment: Deployment,
  trial: Trial,
  effort: Effort,
  warmupMs = WARMUP_MS,
): Promise<Measurement> {
  const outcome = await generate({ ...planFor(trial, effort, deployment), warmupMs });
  return evaluate(outcome, trial);
}

function planFor(
  { scenario, used, crowd = 1, together = false }: Trial,
  { pairs, seconds }: Effort,
  { pods, redis, appToken }: Deployment,
) {
  const urls = pods.slice(0, used).map(({ url }) => url);
  const pids = [...pods.map(({ process }) => process.pid ?? 0), ...(redis ? [redis.pid] : [])];
  return {
    scenario,
    urls,
    appToken,
    pairs: crowd * pairs,
    together,
    windowMs: seconds * 1000,
    pids,
  };
}

function evaluate({ done, seconds, cpu, ownCpu, faults }: Outcome, { pods, used }: Trial): Measurement {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const bystanders = cpu.slice(used, pods);
  return {
    perSecond: done / seconds,
    totalUs: sum(cpu) / done,
    redisUs: sum(cpu.slice(pods)) / done,
    bystanderUs: bystanders.length === 0 ? undefined : sum(bystanders) / bystanders.length / done,
    generatorLoad: ownCpu / (seconds * 1e6),
    faults,
  };
}
