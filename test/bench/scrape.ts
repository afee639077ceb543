// What it costs to be watched: an aggregator that asks pods every 5 s, and is asked itself as often.
import { setTimeout as wait } from "node:timers/promises";
import { startAggregator } from "../helpers/aggregator.ts";
import { openCouples } from "./couples.ts";
import { cpuOf } from "./cpu.ts";
import { deploy } from "./deployment.ts";
import { table } from "./table.ts";

export interface ScrapeCost {
  readonly pods: number;
  readonly seconds: number;
  /** Percent of a core. */
  readonly aggregator: number;
  /** One pod on average, while nobody asks and while the aggregator does. */
  readonly podAlone: number;
  readonly podAsked: number;
  /** Of one pod's answer. */
  readonly series: number;
  readonly bytes: number;
}

const INTERVAL_MS = 5000;
const WARMUP_MS = 10_000;

export async function measureScrape(
  { pods: count, seconds }: { readonly pods: number; readonly seconds: number },
  tell: (line: string) => void,
): Promise<ScrapeCost> {
  await using deployed = new AsyncDisposableStack();
  const deployment = await deploy({ pods: count, state: "sharded" });
  deployed.defer(deployment.stop);
  const { pods, redis, appToken } = deployment;
  // Something to count.
  const couples = await openCouples({ urls: pods.map(({ url }) => url), appToken, pairs: count, together: true });
  deployed.defer(() => void couples.flat().map((client) => client.close()));
  tell(`${count} pods are ready`);
  await wait(WARMUP_MS);
  const pids = pods.map(({ process }) => process.pid ?? 0);
  const alone = await cpuWithin(pids, seconds);
  const aggregator = await startAggregator({
    redisUrl: redis?.url ?? "",
    aggregatorScrapeSeconds: String(INTERVAL_MS / 1000),
  });
  deployed.defer(async () => void (await aggregator.stop()));
  tell("the aggregator is ready");
  const asking = askEvery(INTERVAL_MS, `${aggregator.url}/metrics`);
  await wait(WARMUP_MS);
  const asked = await cpuWithin([...pids, aggregator.process.pid ?? 0], seconds);
  await asking.stop();
  const answer = await (await fetch(`${pods[0]?.rest}/metrics.json`)).text();
  const mean = (shares: readonly number[]) => shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return {
    pods: count,
    seconds,
    aggregator: asked.at(-1) ?? 0,
    podAlone: mean(alone),
    podAsked: mean(asked.slice(0, -1)),
    series: seriesIn(answer),
    bytes: answer.length,
  };
}

export function reportScrape({ aggregator, podAlone, podAsked, ...rest }: ScrapeCost): string {
  const percent = (share: number) => `${share.toFixed(2)} %`;
  const { pods, seconds, series, bytes } = rest;
  return [
    table(
      ["", "of a core"],
      [
        [`the aggregator of ${pods} pods`, percent(aggregator)],
        ["a pod that nobody asks", percent(podAlone)],
        ["a pod that is asked every 5 s", percent(podAsked)],
        ["of it for being asked", percent(podAsked - podAlone)],
      ],
    ),
    `Over ${seconds} s; a pod's answer has ${series} series and ${bytes} bytes.\n`,
  ].join("\n");
}

/** What watching may cost: 5 % of a core for all, and 0.5 % for each pod. */
export function isCheap({ aggregator, podAlone, podAsked }: ScrapeCost): boolean {
  return aggregator < 5 && podAsked - podAlone < 0.5;
}

/** @returns percent of a core for each process */
async function cpuWithin(pids: readonly number[], seconds: number): Promise<number[]> {
  const [before, begun] = [pids.map(cpuOf), performance.now()];
  await wait(seconds * 1000);
  const elapsedUs = (performance.now() - begun) * 1000;
  return pids.map((pid, i) => ((cpuOf(pid) - (before[i] ?? 0)) / elapsedUs) * 100);
}

function askEvery(ms: number, url: string): { readonly stop: () => Promise<void> } {
  let last: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    last = fetch(url).then((response) => response.text());
  }, ms);
  return {
    stop: async () => {
      clearInterval(timer);
      await last;
    },
  };
}

function seriesIn(answer: string): number {
  const { metrics } = JSON.parse(answer) as { metrics: readonly { readonly values: readonly unknown[] }[] };
  return metrics.reduce((sum, { values }) => sum + values.length, 0);
}
