// A redis-server of one's own on 127.0.0.1, to be stopped, killed, paused and started again.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { freePort } from "./free-port.ts";
import { type Guard, guardFolder } from "./guard.ts";
import { findLocalRedis } from "./local-redis.ts";
import type { Program } from "./program.ts";

export interface RedisServerOptions {
  /** A free one, if not given. */
  readonly port?: number;
  /** Of redis-server, such as ["--maxmemory", "2mb"]. */
  readonly args?: readonly string[];
  /** Found on this machine, if not given. */
  readonly binary?: Program;
}

/** Nothing is kept on disk, and nobody waits: neither an orderly end nor a first copy for replicas. */
const ARGS = ["--save", "", "--appendonly", "no", "--shutdown-timeout", "0", "--repl-diskless-sync-delay", "0"];
const TRIES = 5;
const READY = /Ready to accept connections|Sentinel ID is/;
const START_PATIENCE_MS = 10_000;
const STOP_PATIENCE_MS = 5000;

/** @throws if there is no redis-server on this machine, or it does not start */
export function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  return startProcess({ ...options, args: [...ARGS, ...(options.args ?? [])] });
}

/** It watches nothing before it is told to. */
export function startSentinel(): Promise<RedisServer> {
  return startProcess({ args: ["--sentinel"] });
}

async function startProcess({ port, args = [], binary }: RedisServerOptions): Promise<RedisServer> {
  const program = binary ?? (await findLocalRedis());
  // Somebody may be faster to take a port that was free.
  for (let triesLeft = port === undefined ? TRIES : 1; ; triesLeft--) {
    const server = new RedisServer(program, port ?? (await freePort()), args);
    try {
      await server.restart();
      return server;
    } catch (error) {
      await server.stop();
      if (triesLeft === 1) throw error;
    }
  }
}

export class RedisServer {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly url: string;
  readonly #program: Program;
  readonly #args: readonly string[];
  #home: { readonly folder: string; readonly guard: Guard } | undefined;
  #process: { readonly child: ChildProcess; readonly ended: Promise<void> } | undefined;

  constructor(program: Program, port: number, args: readonly string[]) {
    this.#program = program;
    this.#args = args;
    this.port = port;
    this.url = `redis://${this.host}:${port}`;
  }

  isRunning(): boolean {
    const child = this.#process?.child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Kills it if it runs, and starts it on the same port: empty, though a node of a cluster is still that node. */
  async restart(): Promise<void> {
    await this.kill();
    this.#home ??= openHome(`bind ${this.host}\nport ${this.port}\n`);
    const { folder, guard } = this.#home;
    const path = join(folder, "log");
    const log = openSync(path, "w");
    const child = spawn(this.#program.path, ["redis.conf", ...this.#args], {
      cwd: folder,
      // Ctrl-C reaches whatever a terminal runs: this one ends when it is told to.
      detached: true,
      env: { ...process.env, ...this.#program.env },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    guard.watch(child.pid);
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()).once("error", () => resolve()));
    this.#process = { child, ended };
    await this.#isReady(path);
  }

  /** Ends it in good order, and forgets its folder: a node of a cluster comes back as a stranger. */
  async stop(): Promise<void> {
    // A process that is paused gets no other signal.
    this.resume();
    this.#process?.child.kill("SIGTERM");
    const deadline = setTimeout(() => this.#process?.child.kill("SIGKILL"), STOP_PATIENCE_MS);
    await this.#gone();
    clearTimeout(deadline);
    const home = this.#home;
    this.#home = undefined;
    await home?.guard.end();
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    this.#process?.child.kill("SIGKILL");
    await this.#gone();
  }

  /** From now on it takes connections and requests, and answers none. */
  pause(): void {
    this.#process?.child.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.child.kill("SIGCONT");
  }

  async #gone(): Promise<void> {
    await this.#process?.ended;
    this.#process = undefined;
    this.#home?.guard.watch(undefined);
  }

  /** By its log: a server can want a password or TLS from whoever asks it. */
  async #isReady(path: string): Promise<void> {
    const log = () => readFileSync(path, "utf8");
    const who = `${this.#program.path} on port ${this.port}`;
    await eventually(() => {
      if (this.isRunning() && !READY.test(log())) throw new Error(`${who} is not ready:\n${log()}`);
    }, START_PATIENCE_MS);
    if (!this.isRunning()) throw new Error(`${who} has ended:\n${log()}`);
  }
}

/** The file is for servers that write down what they have learned, as sentinels do. */
function openHome(settings: string): { folder: string; guard: Guard } {
  const folder = mkdtempSync(join(tmpdir(), "jongleur-redis-"));
  writeFileSync(join(folder, "redis.conf"), settings);
  return { folder, guard: guardFolder(folder) };
}
