// The CPU time of processes, as Linux counts it.
import { readFileSync } from "node:fs";

/** What Linux counts in towards programs, whatever it counts in by itself: 100 ticks a second. */
const TICK_US = 10_000;

/** Positions of user and system time behind the name, which may hold blanks and parentheses. */
const [UTIME, STIME] = [11, 12];

/** @returns microseconds since the process began, in steps of 10,000 */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_US;
}
