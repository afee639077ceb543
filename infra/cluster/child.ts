// A process of the cluster: what it prints is passed on, and it never outlives this process.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "../../test/helpers/eventually.ts";
import { guardFolder } from "../../test/provision/guard.ts";
import type { Program } from "../../test/provision/program.ts";

export interface Child {
  readonly name: string;
  readonly pid: number | undefined;
  /** How it ended, as "exit code 1". */
  readonly ended: Promise<string>;
  /** Waits until its page is there and says what it should. @throws if the process ends before, or takes too long */
  readonly answers: (url: string, fits?: (page: string) => boolean) => Promise<void>;
  /** Sends SIGTERM, and waits for the end. */
  readonly stop: () => Promise<void>;
}

const PATIENCE_MS = 30_000;

export function startChild(
  name: string,
  { path, env }: Program,
  args: readonly string[],
  onLine: (line: string) => void,
): Child {
  const guard = guardFolder(mkdtempSync(join(tmpdir(), "jongleur-cluster-")));
  // Ctrl-C reaches whatever a terminal runs: the cluster ends its parts one after the other.
  const child = spawn(path, args, { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  guard.watch(child.pid);
  const printed = watchLines(child, onLine);
  const ended = endOf(child).finally(() => guard.watch(undefined));
  return {
    name,
    pid: child.pid,
    ended,
    answers: (url, fits = () => true) => untilAnswered(url, fits, ended).catch((error) => fail(name, error, printed)),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
      await guard.end();
    },
  };
}

function watchLines({ stdout, stderr }: ChildProcess, onLine: (line: string) => void): readonly string[] {
  const lines: string[] = [];
  for (const stream of [stdout, stderr]) {
    if (!stream) continue;
    createInterface(stream).on("line", (line) => {
      lines.push(line);
      lines.splice(0, lines.length - 20);
      onLine(line);
    });
  }
  return lines;
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = await once(child, "close");
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function untilAnswered(url: string, fits: (page: string) => boolean, ended: Promise<string>): Promise<void> {
  let end: string | undefined;
  void ended.then((how) => {
    end = how;
  });
  await eventually(async () => {
    if (end !== undefined) return;
    const response = await fetch(url);
    if (!response.ok || !fits(await response.text())) throw new Error(`${url} does not say that all is ready`);
  }, PATIENCE_MS);
  if (end !== undefined) throw new Error(`it has ended, ${end}`);
}

function fail(name: string, error: unknown, printed: readonly string[]): never {
  throw new Error([`${name} does not start: ${(error as Error).message}`, ...printed].join("\n"));
}
