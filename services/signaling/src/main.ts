// The signaling pod's process: reads the settings, starts the pod, and ends it on a signal.
import { randomBytes } from "node:crypto";
import {
  configSources,
  endOnSignals,
  Lifecycle,
  type Log,
  openLog,
  readTlsFiles,
  type TlsFiles,
} from "@jongleur/runtime";
import { printWelcome } from "./banner.ts";
import { leaveToken } from "./dev-token.ts";
import { type PodAddress, startPod } from "./pod.ts";
import { readSignalingConfig, type SignalingConfig } from "./settings.ts";

await main();

async function main(): Promise<void> {
  const result = readSignalingConfig(configSources());
  if ("faults" in result) return giveUp(result.faults);
  const { config } = result;
  const appToken = config.appToken ?? randomBytes(16).toString("hex");
  const opened = await openFiles(config);
  if ("faults" in opened) return giveUp(opened.faults);
  const { log, tls } = opened;
  const lifecycle = new Lifecycle(log.logger, config.shutdownTimeoutSeconds * 1000);
  lifecycle.started("log", () => log.close());
  endOnSignals(lifecycle, log.logger);
  if (appToken === "") log.logger.warn("appToken is empty: every client is refused");
  try {
    const address = await startPod({ config, appToken, tls, log, lifecycle });
    announce(config, appToken, address, log, lifecycle);
  } catch (error) {
    await lifecycle.stop();
    giveUp([portFault(config, error)]);
  }
}

/** Development only prints for people and leaves the token to the demo; production logs. */
function announce(
  config: SignalingConfig,
  appToken: string,
  address: PodAddress,
  log: Log,
  lifecycle: Lifecycle,
): void {
  log.logger.info(address, "ready");
  if (config.environment === "production") return;
  if (config.appToken === undefined) lifecycle.started("token", leaveToken(address.wsPort, appToken));
  printWelcome({ ...address, secure: config.useHTTPS, appToken, made: config.appToken === undefined });
}

type Opened = { readonly log: Log; readonly tls: TlsFiles | undefined } | { readonly faults: readonly string[] };

async function openFiles(config: SignalingConfig): Promise<Opened> {
  const { logDefaultLevel: level, logPath, logFilePeriod: period, logFilesNumber: keep } = config;
  const faults: string[] = [];
  const attempt = async <T>(name: string, wants: string, open: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await open();
    } catch (error) {
      faults.push(`${name}: wants ${wants}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const tls = await attempt("key, cert", "readable PEM files, as useHTTPS is true", () =>
    config.useHTTPS ? readTlsFiles(config) : undefined,
  );
  const file = logPath === "" ? {} : { file: { path: logPath, period, keep } };
  const log = await attempt("logPath", "a file that can be written", () =>
    openLog({ level, name: "signaling", ...file }),
  );
  return log && faults.length === 0 ? { log, tls } : { faults };
}

function portFault({ wsPort, restPort }: SignalingConfig, error: unknown): string {
  const { syscall, code, port } = error as { syscall?: string; code?: string; port?: number };
  if (syscall !== "listen" || port === undefined || code === undefined) throw error;
  const name = port === wsPort ? "wsPort" : port === restPort ? "restPort" : "port";
  return `${name}: got ${port}, wants a port that is free and allowed (${code})`;
}

/** All faults at once, one a line. */
function giveUp(faults: readonly string[]): void {
  process.stderr.write(`Jongleur can't start:\n${faults.map((fault) => `  ${fault}\n`).join("")}`);
  // Not by itself: a log file that never opened keeps its timers.
  process.exit(1);
}
