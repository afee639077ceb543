// The aggregator's process: reads the settings, starts the aggregator, and ends it on a signal.
import { readFileSync } from "node:fs";
import { ConfigFileError, configSources, endOnSignals, Lifecycle, openLog, readTlsFiles } from "@jongleur/runtime";
import { type AggregatorParts, startAggregator } from "./aggregator.ts";
import { type AggregatorConfig, readAggregatorConfig } from "./settings.ts";

await main();

async function main(): Promise<void> {
  const sources = findSources();
  if ("faults" in sources) return giveUp(sources.faults);
  const read = readAggregatorConfig(sources);
  const known = "faults" in read ? read.partial : read.config;
  const secured = known.useHTTPS ? readTlsFiles({ key: known.key ?? "", cert: known.cert ?? "" }) : { tls: undefined };
  const trusted = readCa(known.aggregatorPodsCa ?? "");
  if ("faults" in read || "faults" in secured || "faults" in trusted) {
    return giveUp([read, secured, trusted].flatMap((each) => ("faults" in each ? each.faults : [])));
  }
  await run(read.config, { tls: secured.tls, ca: trusted.ca });
}

async function run(config: AggregatorConfig, { tls, ca }: Pick<AggregatorParts, "tls" | "ca">): Promise<void> {
  const log = await openLog({ level: config.logDefaultLevel, name: "aggregator" });
  const lifecycle = new Lifecycle(log.logger, config.shutdownTimeoutSeconds * 1000);
  lifecycle.started("log", () => log.close());
  endOnSignals(lifecycle, log.logger);
  try {
    const port = await startAggregator({ config, tls, ca, log, lifecycle });
    log.logger.info({ port }, "ready");
    process.stdout.write(
      `The aggregator answers at ${tls ? "https" : "http"}://localhost:${port}: /metrics /stats /pods\n`,
    );
  } catch (error) {
    await lifecycle.stop();
    giveUp([portFault(config, error)]);
  }
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

function readCa(path: string): { readonly ca: string | undefined } | Faults {
  if (path === "") return { ca: undefined };
  try {
    return { ca: readFileSync(path, "utf8") };
  } catch (error) {
    return { faults: [`aggregatorPodsCa: got "${path}", wants a file that can be read: ${(error as Error).message}`] };
  }
}

function portFault({ aggregatorPort }: AggregatorConfig, error: unknown): string {
  const { syscall, code } = error as { syscall?: string; code?: string };
  if (syscall !== "listen" || code === undefined) throw error;
  return `aggregatorPort: got ${aggregatorPort}, wants a port that is free and allowed (${code})`;
}

/** All faults at once, one a line. */
function giveUp(faults: readonly string[]): void {
  process.stderr.write(`The aggregator can't start:\n${faults.map((fault) => `  ${fault}\n`).join("")}`);
  process.exit(1);
}
