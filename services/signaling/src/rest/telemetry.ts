// How the machine does, read without starting a shell.
import { statfs } from "node:fs/promises";
import { arch, cpus, freemem, platform, release, totalmem, uptime } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

export interface Telemetry {
  /** Percent of the machine's, with one decimal. */
  readonly memoryFree: number;
  readonly diskFree: number;
  readonly cpuFree: number;
  /** ISO date at which the machine started. */
  readonly uptime: string;
  /** Milliseconds that it took to find all this out. */
  readonly executionTime: number;
  /** As `x64:linux-6.1.0`. */
  readonly system: string;
}

/** How long the CPU is watched, in milliseconds. */
const CPU_SAMPLE = 100;

export async function readTelemetry(): Promise<Telemetry> {
  const started = performance.now();
  const [diskFree, cpuFree] = await Promise.all([readDiskFree(), readCpuFree()]);
  return {
    memoryFree: percent(freemem(), totalmem()),
    diskFree,
    cpuFree,
    uptime: new Date(Date.now() - uptime() * 1000).toISOString(),
    executionTime: Math.round(performance.now() - started),
    system: `${arch()}:${platform()}-${release()}`,
  };
}

async function readDiskFree(): Promise<number> {
  const { bavail, blocks } = await statfs("/");
  return percent(bavail, blocks);
}

async function readCpuFree(): Promise<number> {
  const before = readCpuTimes();
  await wait(CPU_SAMPLE);
  const after = readCpuTimes();
  return percent(after.idle - before.idle, after.all - before.all);
}

function readCpuTimes(): { idle: number; all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0);
  return { idle, all };
}

function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 1000) / 10 : 100;
}
