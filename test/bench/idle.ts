// What an idle client takes of a pod's memory, by protocol: by turns, each time of a pod that has just begun.
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { JWT_SECRET } from "../helpers/mse-client.ts";
import { APP_TOKEN, startPod } from "../helpers/pod.ts";
import type { CrowdPlan, CrowdProtocol } from "./crowd.ts";
import { spreadOf } from "./median.ts";
import { type Memory, type MemoryProbe, openProbe, READABLE } from "./memory.ts";
import { table } from "./table.ts";

export type IdleCosts = Readonly<Record<CrowdProtocol, Memory[]>>;

const CROWD = fileURLToPath(new URL("crowd.ts", import.meta.url));
const PROTOCOLS = ["jsongle", "mse"] as const;

/** Clients that come and go before: what a pod needs for the first is not counted. */
const FORERUNNERS = 1000;

/** Nothing but heartbeats happens meanwhile. */
const QUIET_MS = 5000;

export async function measureIdle(
  { clients, rounds }: { readonly clients: number; readonly rounds: number },
  tell: (line: string) => void,
): Promise<IdleCosts> {
  const costs: IdleCosts = { jsongle: [], mse: [] };
  for (let round = 1; round <= rounds; round++) {
    for (const protocol of PROTOCOLS) {
      const cost = await weigh(protocol, clients);
      costs[protocol].push(cost);
      tell(`round ${round}, ${protocol}: ${kilobytes(cost.resident)} kB, of it objects ${kilobytes(cost.live)} kB`);
    }
  }
  return costs;
}

/** @returns bytes for each client */
async function weigh(protocol: CrowdProtocol, clients: number): Promise<Memory> {
  const pod = await startPod({
    jwtSecret: JWT_SECRET,
    jwtRequired: "false",
    maxConcurrentUsers: "100000",
    ...READABLE,
  });
  const probe = await openProbe(pod);
  const plan = { protocol, url: pod.url, appToken: APP_TOKEN };
  try {
    const dismissForerunners = await gather({ ...plan, clients: FORERUNNERS });
    await dismissForerunners();
    const before = await readAtRest(probe);
    const dismiss = await gather({ ...plan, clients });
    const after = await readAtRest(probe);
    await dismiss();
    return {
      resident: (after.resident - before.resident) / clients,
      live: (after.live - before.live) / clients,
    };
  } finally {
    probe.close();
    await pod.stop();
  }
}

/** Without the garbage of what happened before: how much of that there is depends on when it was collected last. */
async function readAtRest(probe: MemoryProbe): Promise<Memory> {
  await wait(QUIET_MS);
  // The second time takes what the finalizers of the first have let go.
  for (let time = 1; time <= 2; time++) await probe.collectGarbage();
  await wait(QUIET_MS);
  return probe.read();
}

/** @returns what sends them away, once all have their seats */
async function gather(plan: CrowdPlan): Promise<() => Promise<void>> {
  const child = fork(CROWD);
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the process of the clients has ended with exit code ${code}`);
  });
  child.send(plan);
  await Promise.race([once(child, "message"), ended]);
  ended.catch(() => {});
  return async () => {
    const gone = once(child, "exit");
    child.disconnect();
    await gone;
  };
}

const COLUMNS = [
  ["memory of the process, kB", "resident"],
  ["of it objects, kB", "live"],
] as const satisfies readonly (readonly [string, keyof Memory])[];

export function reportIdle(costs: IdleCosts): string {
  const row = (protocol: CrowdProtocol) => COLUMNS.map(([, key]) => show(costs[protocol].map((cost) => cost[key])));
  const ratio = ([, key]: (typeof COLUMNS)[number]) => {
    const [jsongle, mse] = PROTOCOLS.map((protocol) => spreadOf(costs[protocol].map((cost) => cost[key])).median);
    return ((mse ?? Number.NaN) / (jsongle ?? Number.NaN)).toFixed(2);
  };
  return table(
    ["for each idle client", ...COLUMNS.map(([head]) => head)],
    [
      ["JSONgle", ...row("jsongle")],
      ["MSE", ...row("mse")],
      ["MSE / JSONgle", ...COLUMNS.map(ratio)],
    ],
  );
}

function show(bytes: readonly number[]): string {
  const { median, least, most } = spreadOf(bytes);
  if (least === most) return kilobytes(median);
  return `${kilobytes(median)} (${kilobytes(least)}–${kilobytes(most)})`;
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1);
}
