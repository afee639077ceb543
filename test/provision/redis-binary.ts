// A redis-server that can be started here, again and again: for outages, Sentinel and Cluster no container will do.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { type Attempt, got, notHad, reasonOf } from "./attempt.ts";
import { isRecent, TOO_OLD } from "./info.ts";

export interface RedisBinary {
  readonly path: string;
  /** What it needs in its environment, beside what is there. */
  readonly env: Readonly<Record<string, string>>;
}

const run = promisify(execFile);

/** Whether it starts, and is recent enough. */
export async function tryBinary(binary: RedisBinary): Promise<Attempt<RedisBinary>> {
  try {
    const { stdout } = await run(binary.path, ["--version"], { env: { ...process.env, ...binary.env } });
    const version = /v=(\S+)/.exec(stdout)?.[1] ?? "";
    return isRecent(version) ? got(binary) : notHad(`${binary.path} ${TOO_OLD}: it is ${version || stdout.trim()}`);
  } catch (error) {
    return notHad(`${binary.path} does not start: ${reasonOf(error)}`);
  }
}
