// What Redis has to do for the service: for each thing that a session does, for what it holds, and after a failure.
import { type Footprint, weighState } from "./redis-memory.ts";
import { countOperations, type Operation } from "./redis-operations.ts";
import { type Recovery, timeRecovery } from "./redis-recovery.ts";
import { table } from "./table.ts";

export interface RedisCost {
  readonly operations: readonly Operation[];
  readonly footprints: readonly Footprint[];
  readonly recoveries: readonly Recovery[];
}

export async function measureRedisCost(count: number, tell: (line: string) => void): Promise<RedisCost> {
  const operations = await countOperations(count, tell);
  const footprints = await weighState();
  return { operations, footprints, recoveries: await timeRecovery(count) };
}

export function reportRedisCost({ operations, footprints, recoveries }: RedisCost): string {
  const head = ["", "commands", "run by scripts", "bytes in", "bytes out", "µs of Redis's CPU"];
  return [
    table(head, operations.map(rowOf)),
    table(
      ["held in Redis", "bytes"],
      footprints.map(({ name, bytes }) => [name, bytes.toFixed(0)]),
    ),
    table(
      ["sessions and seats", "number", "ms", "per second"],
      recoveries.map(({ name, holdings, ms }) => [name, `${holdings}`, ms.toFixed(0), perSecond(holdings, ms)]),
    ),
  ].join("\n");
}

/** What happens anyway is taken off, and may be a little more than there was. */
function rowOf({ name, amounts }: Operation): string[] {
  const shown = (amount: number, digits = 0) => Math.max(0, amount).toFixed(digits);
  const { commands, inScripts, bytesIn, bytesOut, cpu } = amounts;
  return [name, shown(commands, 2), shown(inScripts, 1), shown(bytesIn), shown(bytesOut), shown(cpu)];
}

function perSecond(count: number, ms: number): string {
  return Math.round((count / ms) * 1000).toLocaleString("en");
}
