import { type Metric, totalsOf, writeTotals } from "@jongleur/core";
import { expect, test } from "vitest";
import { Ledger } from "./ledger.ts";
import { Retirement } from "./retirement.ts";

const HOUR = 3_600_000;

const counted = (value: number): Metric[] => [
  { name: "c", help: "", type: "counter", aggregator: "sum", values: [{ value, labels: {} }] },
];

test("without Redis a pod that has not been seen for long is part of the sum, once, also if it wakes", () => {
  const ledger = new Ledger();
  const retirement = new Retirement(ledger, HOUR);
  const take = (pod: string, number: number, value: number) => {
    const totals = totalsOf(counted(value));
    ledger.take({ pod, number, last: false, text: writeTotals(totals) }, totals);
  };
  const total = () =>
    ledger
      .parts()
      .flat()
      .reduce((sum, { values }) => sum + (values[0]?.value ?? 0), 0);
  take("a", 1, 5);
  take("b", 1, 7);
  retirement.retire(new Set(["a", "b"]), 0);
  retirement.retire(new Set(["b"]), HOUR);
  expect(ledger.pods).toEqual(["a", "b"]);
  retirement.retire(new Set(["b"]), HOUR + 1);
  expect(ledger.pods).toEqual(["b"]);
  expect(total()).toBe(12);
  take("a", 2, 6);
  expect(total()).toBe(12);
  for (let hour = 2; hour < 30; hour++) retirement.retire(new Set(["b"]), hour * HOUR);
  expect([ledger.version, ledger.sum().retired, total()]).toEqual([1, [], 12]);
});
