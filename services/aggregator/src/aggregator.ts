// One aggregator: its parts put together, started in order and stopped in reverse.
import { lookup } from "node:dns/promises";
import { RedisPodCards, RedisTotals } from "@jongleur/core";
import {
  closeServer,
  createHttpServer,
  createOpsApp,
  createRedis,
  type Lifecycle,
  type Log,
  listen,
  parseRedisUrl,
  type TlsFiles,
} from "@jongleur/runtime";
import manifest from "../package.json" with { type: "json" };
import { Addresses, readAddresses } from "./addresses.ts";
import { Agreement } from "./agreement.ts";
import { Finder } from "./finder.ts";
import { Ledger } from "./ledger.ts";
import { mergeMetrics } from "./merge.ts";
import { createMetrics, type OwnMetrics } from "./metrics.ts";
import { Retirement } from "./retirement.ts";
import { createRoutes } from "./routes.ts";
import { type Scrape, scrape } from "./scraper.ts";
import type { AggregatorConfig } from "./settings.ts";
import { openStatus } from "./status/status.ts";
import { Watch } from "./watch.ts";

export interface AggregatorParts {
  readonly config: AggregatorConfig;
  readonly tls: TlsFiles | undefined;
  /** Certificates that those of pods are checked against, as PEM. */
  readonly ca: string | undefined;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
}

type Connection = ReturnType<typeof createRedis>;

/** Whoever asks waits for Redis as well: less than a scraper waits. */
const REDIS_PATIENCE_MS = 1000;

const now = () => performance.now();

/** @returns the port */
export async function startAggregator(parts: AggregatorParts): Promise<number> {
  const { config, tls, log, lifecycle } = parts;
  const ledger = new Ledger();
  const redis = await connectRedis(parts);
  const agreement = redis && openAgreement(redis, ledger, parts);
  const redisAway = () => agreement?.away ?? false;
  const sightings = () => watch.sightings.filter(({ pod }) => !ledger.hasEnded(pod));
  const readings = () => ledger.pods.length;
  const own = createMetrics({ version: manifest.version, sightings, readings, redisAway });
  const watch = openWatch(parts, { redis, ledger, agreement, own, onTold: () => status.look() });
  let stopping = false;
  const notBegun = () => {
    if (agreement && !agreement.begun) return "Redis can't be reached, or does not answer";
    return watch.rounds > 0 ? undefined : "starting";
  };
  const notReady = () => (stopping ? "stopping" : notBegun());
  const agree = async () => agreement?.reach();
  const intervalMs = config.aggregatorScrapeSeconds * 1000;
  const ended = () => ledger.pods.filter((pod) => ledger.hasEnded(pod));
  const status = openStatus({ sightings, ended, redisAway, notBegun, intervalMs, now });
  const merged = () => mergeMetrics(ledger.parts(), sightings());
  const app = createOpsApp({
    info: { title: "Jongleur's aggregator", version: manifest.version, description: manifest.description },
    routes: [
      ...createRoutes({ agree, merged, own: own.registry, sightings, redisAway, notBegun, notReady, now }),
      ...status.routes,
    ],
    secure: config.useHTTPS,
    logger: log.logger,
    // There is nothing for admins: nothing changes, and nothing tells of people.
    guard: (_request, response) => void response.status(403).end(),
    addressOf: ({ socket }) => socket.remoteAddress ?? "",
  });
  const server = createHttpServer(tls).on("request", app);
  const port = await listen(server, config.aggregatorPort);
  lifecycle.started("http", () => {
    status.close();
    return closeServer(server);
  });
  await watch.start();
  lifecycle.started("watch", () => watch.stop());
  lifecycle.started("readiness", () => {
    stopping = true;
  });
  return port;
}

interface WatchedWith {
  readonly redis: Connection | undefined;
  readonly ledger: Ledger;
  readonly agreement: Agreement | undefined;
  readonly own: OwnMetrics;
  /** Called behind each round, as soon as all that can be told of it is known. */
  readonly onTold: () => void;
}

function openWatch(parts: AggregatorParts, { redis, ledger, agreement, own, onTold }: WatchedWith): Watch {
  const { config, ca, log } = parts;
  const timeoutMs = config.aggregatorTimeoutSeconds * 1000;
  const tell = tellingChanges(log);
  const retirement = new Retirement(ledger, config.aggregatorRetireSeconds * 1000);
  return new Watch({
    finder: openFinder(redis, parts),
    scrape: (target) => scrape(target, { timeoutMs, ca, token: config.aggregatorPodToken }),
    ledger,
    intervalMs: config.aggregatorScrapeSeconds * 1000,
    now,
    onScraped: (result, { url }) => {
      own.onScraped(result.outcome);
      tell(url, result);
    },
    onRound: async (living, seconds) => {
      own.onRound(seconds);
      await agreement?.reach();
      onTold();
      if (agreement) await agreement.retire(living);
      else retirement.retire(living, now());
    },
    onFault: (err) => log.logger.error({ err }, "a round failed"),
  });
}

/** @returns after the first attempt; the others are made by themselves */
async function connectRedis({ config, log, lifecycle }: AggregatorParts): Promise<Connection | undefined> {
  const address = parseRedisUrl(config.redisUrl);
  if (!address) return undefined;
  const redis = createRedis(address, "commands", REDIS_PATIENCE_MS);
  redis.on("error", (error: Error) => log.logger.debug({ reason: error.message }, "the connection to Redis failed"));
  await redis.connect().catch(() => {});
  lifecycle.started("redis", () => redis.disconnect());
  return redis;
}

function openAgreement(redis: Connection, ledger: Ledger, { config, log }: AggregatorParts): Agreement {
  return new Agreement({
    totals: new RedisTotals(redis),
    ledger,
    retireMs: config.aggregatorRetireSeconds * 1000,
    now,
    onRedis: (away) => log.logger.warn(away ? "Redis is away: going on from memory" : "Redis is back"),
  });
}

function openFinder(redis: Connection | undefined, { config, log }: AggregatorParts): Finder {
  const lookUp = async (name: string) => (await lookup(name, { all: true })).map(({ address }) => address);
  const addresses = new Addresses(readAddresses(config.aggregatorPods) ?? [], lookUp, (name, { message }) =>
    log.logger.warn({ host: name, reason: message }, "the addresses of pods can't be had"),
  );
  return new Finder(redis && new RedisPodCards(redis), addresses);
}

/** Pods come and go, and with them their addresses. */
const MOST_REASONS = 1000;

/** Says why a pod can't be read, once for as long as it stays so: a token that is missing would be looked for elsewhere. */
function tellingChanges({ logger }: Log): (url: string, result: Scrape) => void {
  const reasons = new Map<string, string>();
  return (url, result) => {
    const reason = result.outcome === "unreachable" ? result.reason : undefined;
    if (reason !== undefined && reasons.get(url) !== reason) logger.warn({ url, reason }, "a pod can't be read");
    if (reasons.size >= MOST_REASONS) reasons.clear();
    if (reason === undefined) reasons.delete(url);
    else reasons.set(url, reason);
  };
}
