// A coturn of one's own on 127.0.0.1, as infra/coturn/turnserver.conf has it but for addresses.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TurnClient } from "../helpers/turn-client.ts";
import { reasonOf } from "./attempt.ts";
import { freePort } from "./free-port.ts";
import { guardFolder } from "./guard.ts";
import type { Program } from "./program.ts";

export interface Coturn {
  readonly port: number;
  /** As `turnUrls` has it. */
  readonly url: string;
  /** All that it has logged so far. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

const CONFIGURATION = fileURLToPath(new URL("../../infra/coturn/turnserver.conf", import.meta.url));
/** Away from those of free-port.ts, and from those that systems give to outgoing connections. */
const RELAY_PORTS = ["--min-port", "22000", "--max-port", "25999"];
/** Peers are on this machine, which the configuration forbids for good reason. */
const LOCAL = [
  ...["--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", ...RELAY_PORTS],
  ...["--allow-loopback-peers", "--allowed-peer-ip=127.0.0.1", "--no-tls", "--no-dtls", "--verbose"],
];

/** @param secrets that credentials may be made with @throws if it does not start */
export async function startCoturn(program: Program, secrets: readonly string[]): Promise<Coturn> {
  const folder = mkdtempSync(join(tmpdir(), "jongleur-coturn-"));
  const guard = guardFolder(folder);
  const port = await freePort();
  const child = run(program, folder, ["--listening-port", `${port}`, ...secrets.flatMap(asSecret)]);
  guard.watch(child.pid);
  const ended = once(child, "exit");
  const coturn: Coturn = {
    port,
    url: `turn:127.0.0.1:${port}?transport=udp`,
    log: () => readFileSync(join(folder, "log"), "utf8"),
    stop: async () => {
      child.kill("SIGKILL");
      await ended.catch(() => {});
      await guard.end();
    },
  };
  await isReady(coturn, ended);
  return coturn;
}

const asSecret = (secret: string) => ["--static-auth-secret", secret];

function run({ path, env }: Program, folder: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(folder, "log"), "w");
  const own = ["--pidfile", join(folder, "pid"), "--userdb", join(folder, "users")];
  const child = spawn(path, ["-c", CONFIGURATION, ...LOCAL, ...own, ...args], {
    cwd: folder,
    // Ctrl-C reaches whatever a terminal runs: this one ends when it is told to.
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return child;
}

/** It is when it refuses somebody. */
async function isReady({ port, log, stop }: Coturn, ended: Promise<unknown>): Promise<void> {
  const client = new TurnClient(port);
  const end = ended.then(() => Promise.reject(new Error("it has ended")));
  try {
    await Promise.race([client.allocate({ username: "0:nobody", credential: "" }), end]);
  } catch (error) {
    const logged = log();
    await stop();
    throw new Error(`coturn on port ${port} does not start: ${reasonOf(error)}\n${logged}`);
  } finally {
    end.catch(() => {});
    client.close();
  }
}
