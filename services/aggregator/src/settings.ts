// The settings of an aggregator: those that it shares with pods bear the same names, all others begin with "aggregator".
import {
  type Config,
  type ConfigResult,
  LOG_LEVELS,
  parseRedisUrl,
  readConfig,
  type Setting,
  type Sources,
} from "@jongleur/runtime";
import { z } from "zod";
import { readAddresses } from "./addresses.ts";

const text = (fallback: string) => z.string().default(fallback);
const whole = (least: number, most: number, fallback: number) =>
  z.stringFormat("whole number", /^\d+$/).transform(Number).pipe(z.int().min(least).max(most)).default(fallback);
const count = (fallback: number, most: number) => ({
  schema: whole(1, most, fallback),
  wants: `a whole number from 1 to ${most}`,
});

export const settings = {
  aggregatorPort: { schema: whole(0, 65_535, 8082), wants: "a port from 0 to 65535 (0 takes a free one)" },
  aggregatorPods: {
    schema: text("").refine((list) => readAddresses(list) !== undefined),
    wants: "URLs as http://host:8081, separated by commas, or nothing for the pods that Redis knows",
  },
  aggregatorScrapeSeconds: count(4, 300),
  aggregatorTimeoutSeconds: count(2, 299),
  aggregatorRetireSeconds: count(3600, 86_400),
  aggregatorPodToken: {
    schema: text("").refine((token) => /^[\x21-\x7e]*$/.test(token)),
    wants: "a token of the pods' adminToken, or nothing",
    secret: true,
  },
  aggregatorPodsCa: { schema: text(""), wants: "the path of a PEM file, or nothing" },
  redisUrl: {
    schema: text("").refine((url) => url === "" || parseRedisUrl(url) !== undefined),
    wants:
      "a URL as redis://user:password@host:6379/0, or nothing for pods alone (docs/configuration.md has all forms)",
    secret: true,
  },
  logDefaultLevel: { schema: z.enum(LOG_LEVELS).default("warn"), wants: `one of ${LOG_LEVELS.join(", ")}` },
  useHTTPS: { schema: z.stringbool().default(false), wants: "true or false" },
  key: { schema: text("./key.pem"), wants: "the path of a PEM file" },
  cert: { schema: text("./cert.pem"), wants: "the path of a PEM file" },
  shutdownTimeoutSeconds: count(10, 3600),
} satisfies Record<string, Setting>;

export type AggregatorConfig = Config<typeof settings>;

/** Names of a pod's settings are not for the aggregator, though both may be told by one file. */
function isForAggregators(name: string): boolean {
  return name.startsWith("JONGLEUR_AGGREGATOR_");
}

/** @returns the configuration, or a sentence for each fault */
export function readAggregatorConfig(sources: Sources): ConfigResult<typeof settings> {
  const result = readConfig(settings, sources, isForAggregators);
  const known = "faults" in result ? result.partial : result.config;
  const faults = ["faults" in result ? result.faults : [], faultsTogether(known)].flat();
  return faults.length > 0 ? { faults, partial: known } : result;
}

/** Faults that only show when settings are seen together. */
function faultsTogether(known: Partial<AggregatorConfig>): string[] {
  const { redisUrl, aggregatorPods, aggregatorScrapeSeconds: scrape, aggregatorTimeoutSeconds: timeout } = known;
  const faults: string[] = [];
  if (redisUrl === "" && aggregatorPods === "") {
    faults.push("redisUrl, aggregatorPods: got nothing, wants one of them: it says where the pods are");
  }
  if (scrape !== undefined && timeout !== undefined && timeout >= scrape) {
    faults.push(`aggregatorTimeoutSeconds: got ${timeout}, wants less than aggregatorScrapeSeconds (${scrape})`);
  }
  return faults;
}
