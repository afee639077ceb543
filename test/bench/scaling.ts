// What a message costs with more and more pods, against one pod alone: by turns, so that a busy moment hits all alike.
import { type Effort, type Measurement, measure, type Trial } from "./measurement.ts";
import type { Scenario } from "./plan.ts";

export interface Case extends Trial {
  /** One a round. */
  readonly measurements: Measurement[];
}

export const SCALING: readonly Trial[] = [
  { name: "1 pod, in memory", scenario: "pairs", pods: 1, used: 1, state: "memory" },
  { name: "2 pods, pairs at one pod", scenario: "pairs", pods: 2, used: 2, together: true, state: "sharded" },
  { name: "2 pods", scenario: "pairs", pods: 2, used: 2, state: "sharded" },
  { name: "4 pods, 2 of them used", scenario: "pairs", pods: 4, used: 2, state: "sharded" },
  { name: "8 pods, 2 of them used", scenario: "pairs", pods: 8, used: 2, state: "sharded" },
  { name: "8 pods, pairs at one pod", scenario: "pairs", pods: 8, used: 8, together: true, state: "sharded" },
  { name: "8 pods, all used", scenario: "pairs", pods: 8, used: 8, state: "sharded" },
  { name: "8 pods, all used, 4 times the pairs", scenario: "pairs", pods: 8, used: 8, crowd: 4, state: "sharded" },
  { name: "2 pods, classic pub/sub", scenario: "pairs", pods: 2, used: 2, state: "classic" },
];

/** A case of its own. @param pods 0 is one that keeps its state in memory */
export function trialOf(scenario: Scenario, { pods, used }: { readonly pods: number; readonly used: number }): Trial {
  if (pods === 0) return { name: "1 pod, in memory", scenario, pods: 1, used: 1, state: "memory" };
  const name = used < pods ? `${pods} pods, ${used} of them used` : `${pods} pods`;
  return { name, scenario, pods, used: Math.min(used, pods), state: "sharded" };
}

/** @returns the cases in the order of the trials. @param tell is called after each measurement */
export async function measureInTurns(
  trials: readonly Trial[],
  { rounds, ...effort }: Effort & { readonly rounds: number },
  tell: (line: string) => void,
): Promise<Case[]> {
  const cases = trials.map((trial) => ({ ...trial, measurements: [] as Measurement[] }));
  for (let round = 1; round <= rounds; round++) {
    for (const { measurements, ...trial } of cases) {
      const measurement = await measure(trial, effort);
      measurements.push(measurement);
      tell(`round ${round}, ${trial.name}: ${measurement.totalUs.toFixed(1)} µs`);
    }
  }
  return cases;
}
