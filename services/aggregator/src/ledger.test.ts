import { type KeptTotals, type Metric, type Reading, readTotals, totalsOf, writeTotals } from "@jongleur/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Ledger } from "./ledger.ts";

const metric = (type: string, value: number): Metric => {
  return { name: `some_${type}`, help: "h", type, aggregator: "sum", values: [{ value, labels: {} }] };
};

const readingOf = (pod: string, number: number, value: number, last = false): Reading => {
  return { pod, number, last, text: writeTotals(totalsOf([metric("counter", value)])) };
};

/** All that is kept, as Redis would keep it. */
class Kept {
  version = 0;
  folded = "";
  readings = new Map<string, Reading>();
  retired = new Map<string, number>();

  all(): KeptTotals {
    const readings = Array.from(this.readings.values(), (reading) => ({ ...reading, age: 0 }));
    return { outcome: "read", version: this.version, folded: this.folded, readings, retired: new Map(this.retired) };
  }

  note(reading: Reading): boolean {
    const kept = this.readings.get(reading.pod);
    if (this.retired.has(reading.pod) || kept?.last || (kept && kept.number >= reading.number)) return false;
    this.readings.set(reading.pod, reading);
    return true;
  }

  restore({ version, text, retired }: ReturnType<Ledger["sum"]>): void {
    if (this.version >= version) return;
    this.version = version;
    this.folded = text;
    for (const pod of retired) {
      this.retired.set(pod, 0);
      this.readings.delete(pod);
    }
  }

  fold(pod: string, sum: string): void {
    this.version += 1;
    this.folded = sum;
    this.readings.delete(pod);
    this.retired.set(pod, 0);
  }

  flush(): void {
    this.version = 0;
    this.folded = "";
    this.readings.clear();
    this.retired.clear();
  }
}

function exchange(ledger: Ledger, kept: Kept): void {
  const all = kept.all();
  if (all.version < ledger.version) kept.restore(ledger.sum());
  const ahead = ledger.aheadOf(all);
  ledger.adopt(all);
  const noted = ahead.map((reading) => kept.note(reading));
  if (noted.includes(false)) ledger.adopt(kept.all());
}

const totalOf = (ledger: Ledger) =>
  ledger
    .parts()
    .flat()
    .reduce((sum, { values }) => sum + (values[0]?.value ?? 0), 0);

const PODS = 4;
const pods = fc.integer({ min: 0, max: PODS - 1 });
const aggregators = fc.integer({ min: 0, max: 1 });
const steps = fc.oneof(
  fc.record({ does: fc.constant("count" as const), pod: pods, by: fc.double({ min: 0.001, max: 9, noNaN: true }) }),
  fc.record({ does: fc.constant("scrape" as const), pod: pods, by: aggregators }),
  fc.record({ does: fc.constant("late" as const), pod: pods, by: aggregators, which: fc.nat({ max: 99 }) }),
  fc.record({ does: fc.constant("agree" as const), by: aggregators }),
  fc.record({ does: fc.constant("end" as const), pod: pods }),
  fc.record({ does: fc.constant("retire" as const), pod: pods, by: aggregators }),
  fc.record({ does: fc.constant("restart" as const), by: aggregators }),
  fc.record({ does: fc.constant("flush" as const) }),
);

test("whatever is read, handed over, added up, lost and restored: what has been told never falls, and each pod counts once", () => {
  const law = fc.property(fc.array(steps, { maxLength: 100, size: "max" }), (all) => {
    const kept = new Kept();
    const ledgers = [new Ledger(), new Ledger()];
    const counted = Array.from({ length: PODS }, () => ({ value: 0, number: 0, ended: false, told: [] as Reading[] }));
    let told = 0;
    const tell = (i: number) => {
      exchange(ledgers[i]!, kept);
      const total = totalOf(ledgers[i]!);
      expect(total).toBeGreaterThanOrEqual(told);
      told = total;
    };
    const truth = () => counted.reduce((sum, { value }) => sum + value, 0) + 1e-9;
    for (const step of all) {
      const pod = "pod" in step ? counted[step.pod]! : undefined;
      const name = "pod" in step ? `pod-${step.pod}` : "";
      if (step.does === "count" && !pod!.ended) pod!.value += step.by;
      if (step.does === "scrape" && !pod!.ended) {
        const reading = readingOf(name, ++pod!.number, pod!.value);
        pod!.told.push(reading);
        ledgers[step.by]!.take(reading, readTotals(reading.text));
      }
      if (step.does === "agree") tell(step.by);
      const late = step.does === "late" && pod!.told[step.which % (pod!.told.length || 1)];
      if (late && step.does === "late") ledgers[step.by]!.take(late, readTotals(late.text));
      if (step.does === "end" && !pod!.ended) {
        pod!.ended = true;
        kept.note(readingOf(name, ++pod!.number, pod!.value, true));
      }
      if (step.does === "retire" && pod!.ended) {
        tell(step.by);
        const sum = ledgers[step.by]!.sumWith(name);
        if (sum !== undefined && kept.readings.has(name)) kept.fold(name, sum);
      }
      // Another lives on, and has heard of all that was told.
      if (step.does === "restart") {
        tell(1 - step.by);
        ledgers[step.by] = new Ledger();
      }
      if (step.does === "flush") {
        for (const i of [0, 1, 0]) tell(i);
        kept.flush();
        tell(0);
      }
      // Also for who can't reach Redis just now.
      for (const ledger of ledgers) expect(totalOf(ledger)).toBeLessThanOrEqual(truth());
    }
    for (const i of [0, 1, 0]) tell(i);
    expect(totalOf(ledgers[0]!)).toBe(totalOf(ledgers[1]!));
  });
  fc.assert(law, { numRuns: 1000 });
});

test("gauges are no totals, nor is what is 0", () => {
  expect(totalsOf([metric("gauge", 5), metric("counter", 0)])).toEqual([]);
  expect(totalsOf([metric("histogram", 5)])).toHaveLength(1);
});
