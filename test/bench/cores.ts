// Who runs where: the service on one core and the load generator on another, so that neither takes from the other.
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

const CORES = { service: 0, generator: 1 } as const;

/** @returns false if this machine has one core only, or no taskset */
export async function pin(pid: number, to: keyof typeof CORES): Promise<boolean> {
  if (availableParallelism() < 2) return false;
  try {
    await promisify(execFile)("taskset", ["--all-tasks", "--cpu-list", "--pid", `${CORES[to]}`, `${pid}`]);
    return true;
  } catch {
    return false;
  }
}
