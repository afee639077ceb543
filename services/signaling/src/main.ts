// The signaling pod's process: reads the settings, starts the pod, and ends it on a signal.
import { randomBytes } from "node:crypto";
import {
  ConfigFileError,
  configSources,
  endOnSignals,
  Lifecycle,
  type Log,
  openLog,
  readTlsFiles,
  type TlsFiles,
} from "@jongleur/runtime";
import { printWelcome } from "./banner.ts";
import { leaveSecret, leaveToken } from "./dev-token.ts";
import { type PodAddress, type PodParts, startPod } from "./pod.ts";
import { readSignalingConfig, type SignalingConfig } from "./settings.ts";
import { readTokenKeys, secretToken, signingSecret, type TokenKeys } from "./tokens/keys.ts";
import { isShortSecret } from "./tokens/secret.ts";

await main();

async function main(): Promise<void> {
  const sources = findSources();
  if ("faults" in sources) return giveUp(sources.faults);
  const read = readSignalingConfig(sources);
  const known = "faults" in read ? read.partial : read.config;
  const secured = readTls(known);
  const opened = await openPodLog(known);
  const keyed = readTokenKeys(known);
  if ("faults" in read || "faults" in secured || "faults" in opened || "faults" in keyed)
    return giveUp([read, secured, opened, keyed].flatMap(faultsOf));
  await run({ config: read.config, tls: secured.tls, log: opened.log, keys: keyed.keys });
}

type Means = Pick<PodParts, "config" | "tls" | "log" | "keys">;

async function run({ config, tls, log, keys }: Means): Promise<void> {
  const appToken = config.appToken ?? randomBytes(16).toString("hex");
  const made = madeForThisRun(config, keys);
  const lifecycle = new Lifecycle(log.logger, config.shutdownTimeoutSeconds * 1000);
  lifecycle.started("log", () => log.close());
  endOnSignals(lifecycle, log.logger);
  if (appToken === "") log.logger.warn("appToken is empty: every client is refused");
  if (config.adminToken?.length === 0) log.logger.warn("adminToken is empty: what is for admins is for nobody");
  if (keys.kind === "none" && made === undefined)
    log.logger.warn(
      config.jwtSecret === undefined
        ? "jwtSecret is not set, nor another of the keys: JSONgle needs no token, and MSE refuses every token"
        : "jwtSecret is empty: every token is refused",
    );
  if (isShortSecret(signingSecret(config)))
    log.logger.warn("the secret of tokens has fewer than 32 bytes: it can be found out from a single token");
  try {
    const configured = keys.kind !== "none" || config.jwtSecret !== undefined;
    const tokenNeeded = configured && config.jwtRequired;
    const usedKeys = made === undefined ? keys : secretToken(made);
    const address = await startPod({ config, appToken, keys: usedKeys, tokenNeeded, tls, log, lifecycle });
    if (made !== undefined) lifecycle.started("secret", leaveSecret(address.wsPort, made));
    log.logger.info(address, "ready");
    if (config.environment !== "production") welcome({ config, appToken, tokenNeeded, address, lifecycle });
  } catch (error) {
    await lifecycle.stop();
    giveUp([portFault(config, error)]);
  }
}

/** In development tokens can be made and used without any setting, as long as there is one pod. */
function madeForThisRun({ environment, jwtSecret }: SignalingConfig, { kind }: TokenKeys) {
  if (environment === "production" || kind !== "none" || jwtSecret !== undefined) return undefined;
  return randomBytes(32).toString("hex");
}

interface Newcomer {
  readonly config: SignalingConfig;
  readonly appToken: string;
  readonly tokenNeeded: boolean;
  readonly address: PodAddress;
  readonly lifecycle: Lifecycle;
}

/** Prints for people, and leaves the token to the demo. */
function welcome({ config, appToken, tokenNeeded, address, lifecycle }: Newcomer): void {
  const made = config.appToken === undefined;
  if (made) lifecycle.started("token", leaveToken(address.wsPort, appToken));
  printWelcome({ ...address, secure: config.useHTTPS, appToken, made, tokenNeeded });
}

interface Faults {
  /** A sentence each. */
  readonly faults: readonly string[];
}

function findSources(): ReturnType<typeof configSources> | Faults {
  try {
    return configSources();
  } catch (error) {
    if (error instanceof ConfigFileError) return { faults: [error.message] };
    throw error;
  }
}

function faultsOf(result: object | Faults): readonly string[] {
  return "faults" in result ? result.faults : [];
}

function readTls({ useHTTPS, key, cert }: Partial<SignalingConfig>): { readonly tls: TlsFiles | undefined } | Faults {
  if (!useHTTPS || key === undefined || cert === undefined) return { tls: undefined };
  return readTlsFiles({ key, cert });
}

async function openPodLog(config: Partial<SignalingConfig>): Promise<{ readonly log: Log } | Faults> {
  const { logDefaultLevel: level = "warn", logPath: path, logFilePeriod: period, logFilesNumber: keep } = config;
  const file = path && period !== undefined && keep !== undefined ? { file: { path, period, keep } } : {};
  try {
    return { log: await openLog({ level, name: "signaling", ...file }) };
  } catch (error) {
    return { faults: [`logPath: got "${path}", wants a file that can be written: ${(error as Error).message}`] };
  }
}

function portFault({ wsPort, restPort, msePort }: SignalingConfig, error: unknown): string {
  const { syscall, code, port } = error as { syscall?: string; code?: string; port?: number };
  if (syscall !== "listen" || port === undefined || code === undefined) throw error;
  const [name = "port"] = Object.entries({ wsPort, restPort, msePort }).find(([, value]) => value === port) ?? [];
  return `${name}: got ${port}, wants a port that is free and allowed (${code})`;
}

/** All faults at once, one a line. */
function giveUp(faults: readonly string[]): void {
  process.stderr.write(`Jongleur can't start:\n${faults.map((fault) => `  ${fault}\n`).join("")}`);
  // Not by itself: a log file that never opened keeps its timers.
  process.exit(1);
}
