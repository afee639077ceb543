// What trials have shown, as a table, and whether the service did its work.
import type { Measurement } from "./measurement.ts";
import { type Spread, spreadOf } from "./median.ts";
import type { Faults } from "./plan.ts";
import type { Case } from "./scaling.ts";
import { table } from "./table.ts";

/** How one quantity of a case is shown, beside the first of the cases. */
type Column = readonly [head: string, cell: (each: Case, base: Case) => string];

/** Of a quantity that a case does not have; one that no case has is left out. */
const NOTHING = "–";

const FAULTS = ["lost", "doubled", "reordered", "wrong"] as const;

/** @param unit of what is done: "message" or "cycle" */
export function reportCases(cases: readonly Case[], unit: string): string {
  const [base] = cases;
  if (!base) return "";
  const columns: readonly Column[] = [
    ["", ({ name }) => name],
    [`µs of CPU per ${unit}`, ({ measurements }) => show(spreadOf(measurements.map(({ totalUs }) => totalUs)))],
    ["of it Redis", ({ measurements }) => spreadOf(measurements.map(({ redisUs }) => redisUs)).median.toFixed(1)],
    [`times ${base.name}`, (each) => (each === base ? NOTHING : show(spreadOf(ratios(each, base)), 2))],
    ["a pod without clients, µs", bystanders],
    [`${unit}s/s`, ({ measurements }) => rate(measurements)],
    [FAULTS.join("/"), ({ measurements }) => FAULTS.map((fault) => sumOf(fault, measurements)).join("/")],
    ["generator's load", ({ measurements }) => load(measurements)],
  ];
  const told = columns.filter(([, cell]) => cases.some((each) => cell(each, base) !== NOTHING));
  return table(
    told.map(([head]) => head),
    cases.map((each) => told.map(([, cell]) => cell(each, base))),
  );
}

/** Of the same round: the machine may be slower in the next. */
function ratios({ measurements }: Case, base: Case): number[] {
  return measurements.map(({ totalUs }, round) => totalUs / (base.measurements[round]?.totalUs ?? Number.NaN));
}

function bystanders({ measurements }: Case): string {
  const known = measurements.flatMap(({ bystanderUs }) => bystanderUs ?? []);
  return known.length === 0 ? NOTHING : show(spreadOf(known), 2);
}

function rate(measurements: readonly Measurement[]): string {
  return Math.round(spreadOf(measurements.map(({ perSecond }) => perSecond)).median).toLocaleString("en");
}

function load(measurements: readonly Measurement[]): string {
  return spreadOf(measurements.map(({ generatorLoad }) => generatorLoad)).median.toFixed(2);
}

/** The median, and the least and most of several rounds. */
function show({ median, least, most }: Spread, digits = 0): string {
  if (least === most) return median.toFixed(digits);
  return `${median.toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

export function isFaultless(cases: readonly Case[]): boolean {
  return cases.every(({ measurements }) => FAULTS.every((fault) => sumOf(fault, measurements) === 0));
}

function sumOf(fault: keyof Faults, measurements: readonly Measurement[]): number {
  return measurements.reduce((total, { faults }) => total + faults[fault], 0);
}
