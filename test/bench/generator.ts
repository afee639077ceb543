// The load generator's process, apart from all that is measured: it takes one plan and answers with the outcome.
import { setTimeout as wait } from "node:timers/promises";
import { startChurn } from "./churn.ts";
import { cpuOf } from "./cpu.ts";
import { startPairs } from "./pairs.ts";
import type { Load, Outcome, Plan } from "./plan.ts";

const SCENARIOS = { pairs: startPairs, churn: startChurn } as const;

process.once("message", (plan: Plan) => void run(plan));
// Nobody waits for the outcome any more.
process.once("disconnect", () => process.exit());

async function run(plan: Plan): Promise<void> {
  const load = await SCENARIOS[plan.scenario](plan);
  await wait(plan.warmupMs);
  const begin = read(load, plan.pids);
  await wait(plan.windowMs);
  const end = read(load, plan.pids);
  const outcome: Outcome = {
    done: end.count - begin.count,
    seconds: (end.at - begin.at) / 1000,
    cpu: end.cpu.map((us, i) => us - (begin.cpu[i] ?? 0)),
    ownCpu: end.ownCpu - begin.ownCpu,
    faults: await load.stop(),
  };
  process.send?.(outcome, () => process.disconnect?.());
}

/** All in one go, so that the count and the CPU are of the same moment. */
function read(load: Load, pids: readonly number[]) {
  const { user, system } = process.cpuUsage();
  return { count: load.count(), at: performance.now(), cpu: pids.map(cpuOf), ownCpu: user + system };
}
