// What limits cost: the same pairs at a pod with limits and at one without, by turns on the same core.
import { type Deployment, deploy } from "./deployment.ts";
import { type Effort, type Measurement, measureOn, type Trial } from "./measurement.ts";
import { spreadOf } from "./median.ts";
import type { Case } from "./scaling.ts";
import { table } from "./table.ts";

const PAIRS = { scenario: "pairs", pods: 1, used: 1, state: "memory" } as const;

const OFF = { candidateRate: "0", chatRate: "0", controlRate: "0", joinRate: "0", addressLimits: "off" };

/** Each pod runs from the first round to the last: what it has compiled by then is no matter of chance. */
const TRIALS: readonly Trial[] = [
  { ...PAIRS, name: "limits off", settings: OFF },
  { ...PAIRS, name: "limits on, the defaults", settings: { addressLimits: "on" } },
];

const WARMUP_MS = 1000;

/** @param tell is called after each round */
export async function measureLimits(
  { rounds, ...effort }: Effort & { readonly rounds: number },
  tell: (line: string) => void,
): Promise<Case[]> {
  await using running = new AsyncDisposableStack();
  const sides: { readonly deployment: Deployment; readonly trial: Trial; readonly measurements: Measurement[] }[] = [];
  for (const trial of TRIALS) {
    const deployment = await deploy(trial);
    running.defer(deployment.stop);
    await measureOn(deployment, trial, effort);
    sides.push({ deployment, trial, measurements: [] });
  }
  for (let round = 1; round <= rounds; round++) {
    // Each is the first in every other round, should the machine grow slower or faster.
    for (const { deployment, trial, measurements } of round % 2 === 1 ? sides : sides.toReversed()) {
      measurements.push(await measureOn(deployment, trial, effort, WARMUP_MS));
    }
    const rates = sides.map(
      ({ trial, measurements }) => `${trial.name} ${measurements.at(-1)?.perSecond.toFixed(0)}/s`,
    );
    tell(`round ${round}: ${rates.join(", ")}`);
  }
  return sides.map(({ trial, measurements }) => ({ ...trial, measurements }));
}

/** Ratios are of the two of a round. */
export function reportLimits([off, on]: readonly Case[]): string {
  if (!off || !on) return "";
  const row = ({ name, measurements }: Case, base?: Case) => [
    name,
    show(measurements.map(({ perSecond }) => perSecond)),
    base ? show(ratios(measurements, base, "perSecond"), 3) : "–",
    show(
      measurements.map(({ totalUs }) => totalUs),
      1,
    ),
    base ? show(ratios(measurements, base, "totalUs"), 3) : "–",
  ];
  return table(["", "messages/s", "times off", "µs of CPU per message", "times off"], [row(off), row(on, off)]);
}

function ratios(measurements: readonly Measurement[], base: Case, of: "perSecond" | "totalUs"): number[] {
  return measurements.map((each, round) => each[of] / (base.measurements[round]?.[of] ?? Number.NaN));
}

function show(values: readonly number[], digits = 0): string {
  const { median, least, most } = spreadOf(values);
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}
