// A real signaling pod in a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../services/signaling/src/main.ts", import.meta.url));

export const APP_TOKEN = "token-of-the-tests";

export interface Pod {
  /** For clients. */
  readonly url: string;
  /** For operators. */
  readonly rest: string;
  readonly process: ChildProcess;
  /** Everything that it has printed so far, on both streams. */
  readonly output: () => string;
  /** Undefined while it runs. */
  readonly exitCode: () => number | null | undefined;
  /** Sends SIGTERM and waits for the end. @returns the exit code, null if a signal killed it */
  readonly stop: () => Promise<number | null>;
}

/** Starts a pod on free ports. @param settings as environment variables, over those of the tests */
export async function startPod(settings: Readonly<Record<string, string>> = {}): Promise<Pod> {
  const child = spawnPod({ wsPort: "0", restPort: "0", appToken: APP_TOKEN, logDefaultLevel: "info", ...settings });
  const { promise, resolve, reject } = Promise.withResolvers<{ wsPort: number; restPort: number }>();
  const { output, exited } = watch(child, (line) => {
    if (line.includes('"msg":"ready"')) resolve(JSON.parse(line));
  });
  void exited.then((code) =>
    reject(new Error(`the pod ended with exit code ${code} before it was ready:\n${output()}`)),
  );
  const { wsPort, restPort } = await promise;
  const scheme = settings.useHTTPS === "true" ? "https" : "http";
  return {
    url: `${scheme}://127.0.0.1:${wsPort}`,
    rest: `${scheme}://127.0.0.1:${restPort}`,
    process: child,
    output,
    exitCode: () => (child.exitCode === null && child.signalCode === null ? undefined : child.exitCode),
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** Runs a pod that is expected to end by itself. @param folder in which it runs, this one if not given */
export async function runPod(
  settings: Readonly<Record<string, string>>,
  folder?: string,
): Promise<{ code: number | null; output: string }> {
  const { output, exited } = watch(spawnPod(settings, folder), () => {});
  const code = await exited;
  return { code, output: output() };
}

/** Of the tests' environment, what is no setting: where programs are, and what Node has compiled before. */
export function inherited(): Readonly<Record<string, string | undefined>> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, NODE_COMPILE_CACHE };
}

/** The environment holds nothing of the tests' own: a setting that is not given is not set. */
function spawnPod(settings: Readonly<Record<string, string>>, cwd?: string): ChildProcess {
  return spawn(process.execPath, [MAIN], {
    env: { ...inherited(), ...settings },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function watch(child: ChildProcess, onLine: (line: string) => void) {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface(stream).on("line", (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  const exited = once(child, "close").then(([code]) => code as number | null);
  return { output: () => lines.join("\n"), exited };
}
