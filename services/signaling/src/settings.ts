// The settings of a signaling pod: the names of JSONgle-Server, and ours.
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
import { readProxies } from "./client-address.ts";
import { readStunUrls, readTurnUrls } from "./ice/server-urls.ts";
import { readRate } from "./limits/rate.ts";
import { readOrigins } from "./origins.ts";
import { readAdminTokens } from "./rest/admin-tokens.ts";

const text = (fallback: string) => z.string().default(fallback);
const digits = (least: number, most: number) =>
  z.stringFormat("whole number", /^\d+$/).transform(Number).pipe(z.int().min(least).max(most));
const whole = (least: number, most: number, fallback: number) => digits(least, most).default(fallback);
const anyPort = { schema: digits(0, 65_535), wants: "a port from 0 to 65535 (0 takes a free one)" };
const port = (fallback: number) => ({ ...anyPort, schema: anyPort.schema.default(fallback) });
const count = (fallback: number, most = 1_000_000) => ({
  schema: whole(1, most, fallback),
  wants: `a whole number from 1 to ${most}`,
});

const upTo = (most: number, fallback: number) => ({
  schema: whole(0, most, fallback),
  wants: `a whole number from 0 (no limit) to ${most}`,
});
const rate = (fallback: string) => ({
  schema: text(fallback).refine((given) => readRate(given) !== undefined),
  wants: "how many a second and at once, as 10/50, or 0 for no limit",
});

function isWebUrl(text: string): boolean {
  return text === "" || (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol));
}

/** Ten years, in seconds. */
const MAX_LIFETIME = 315_360_000;

/** Files change at round times of the clock, so a period must divide the next longer one. */
const WHOLE: Readonly<Record<string, number>> = { s: 60, m: 60, h: 24 };
const period = z.stringFormat("period", /^[1-9]\d?[smhd]$/).refine((text) => {
  const [count, whole] = [Number(text.slice(0, -1)), WHOLE[text.slice(-1)]];
  return whole === undefined ? count <= 24 : whole % count === 0;
});

const adminTokens = z.string().transform((list, context) => {
  const tokens = readAdminTokens(list);
  if (!tokens) context.addIssue("a token can't be used");
  return tokens ?? [];
});

export const settings = {
  wsPort: port(8080),
  restPort: port(8081),
  msePort: { ...anyPort, schema: anyPort.schema.optional() },
  corsPolicyOrigin: {
    schema: text("").refine((list) => readOrigins(list) !== undefined),
    wants: "origins as https://example.com or https://*.example.com, separated by commas, or nothing for any",
  },
  maxConcurrentUsers: count(10_000),
  id: { schema: z.string().min(1).default("jsongle-server"), wants: "the name of the server, not empty" },
  logDefaultLevel: { schema: z.enum(LOG_LEVELS).default("warn"), wants: `one of ${LOG_LEVELS.join(", ")}` },
  logPath: { schema: text(""), wants: "the path of a log file, or nothing for none", internal: true },
  logFilesNumber: count(3, 1000),
  logFilePeriod: {
    schema: period.default("1d"),
    wants: "s or m that divide 60, h that divide 24, or up to 24d, as 30m, 12h or 1d",
  },
  useHTTPS: { schema: z.stringbool().default(false), wants: "true or false" },
  key: { schema: text("./key.pem"), wants: "the path of a PEM file", internal: true },
  cert: { schema: text("./cert.pem"), wants: "the path of a PEM file", internal: true },
  appToken: { schema: z.string().optional(), wants: "the token that clients must give", secret: true },
  adminToken: {
    schema: adminTokens.optional(),
    wants: "tokens of 32 to 512 letters, digits and -._~+/ (= at the end), separated by commas",
    secret: true,
  },
  metricsAccess: { schema: z.enum(["open", "admin"]).default("open"), wants: "open or admin" },
  jwtSecret: { schema: z.string().optional(), wants: "the secret that tokens are signed with", secret: true },
  jwtSecretFile: { schema: text(""), wants: "the path of a file of secrets, one a line, or nothing", internal: true },
  jwksUrl: { schema: text("").refine(isWebUrl), wants: "the URL of a JSON Web Key Set, or nothing", internal: true },
  jwksFile: { schema: text(""), wants: "the path of a JSON Web Key Set, or nothing", internal: true },
  jwtIssuer: { schema: text(""), wants: "the `iss` that tokens must have, or nothing for any", internal: true },
  jwtAudience: { schema: text(""), wants: "the `aud` that tokens must have, or nothing for any", internal: true },
  jwtRequired: { schema: z.stringbool().default(true), wants: "true or false" },
  jwtMaxLifetimeSeconds: {
    schema: digits(0, MAX_LIFETIME).optional(),
    wants: `a whole number from 1 to ${MAX_LIFETIME}, or 0 for tokens of any lifetime, and without an end`,
  },
  jwtGraceSeconds: count(30, 3600),
  trustedProxies: {
    schema: text("").refine((list) => readProxies(list) !== undefined),
    wants: "addresses and ranges as 10.0.0.0/8, separated by commas, or nothing for none",
    internal: true,
  },
  addressLimits: { schema: z.enum(["auto", "on", "off"]).default("auto"), wants: "auto, on or off" },
  maxConnectionsPerAddress: upTo(1_000_000, 2000),
  connectionRate: rate("200/2000"),
  maxAuthFailures: upTo(1_000_000, 100),
  authFailureSeconds: count(600, 86_400),
  helloSeconds: count(5, 600),
  candidateRate: rate("20000/40000"),
  chatRate: rate("20000/40000"),
  controlRate: rate("20000/40000"),
  joinRate: rate("2000/4000"),
  multiRoomPrefix: { schema: text("#muc#"), wants: "any text" },
  maxMembersPerRoom: count(2),
  maxMembersPerMultiRoom: count(10),
  maxMembersPerMseRoom: count(10),
  maxMultiRoomPerUser: { ...count(10), aliases: ["maxMultiRoomsPerUser"] },
  maxRoomsPerSession: count(1000),
  maxSessionsPerUser: count(100),
  maxMessageBytes: count(1_000_000, 100_000_000),
  maxMessageDepth: { schema: whole(8, 1000, 64), wants: "a whole number from 8 to 1000" },
  shutdownTimeoutSeconds: count(10, 3600),
  stunUrls: {
    schema: text("").refine((list) => readStunUrls(list) !== undefined),
    wants: "URLs as stun:stun.example.com:3478, separated by commas, or nothing for none",
  },
  turnUrls: {
    schema: text("").refine((list) => readTurnUrls(list) !== undefined),
    wants: "URLs as turn:turn.example.com:3478?transport=udp, separated by commas, or nothing for none",
  },
  turnSecret: { schema: z.string().min(1).optional(), wants: "the TURN servers' secret, not empty", secret: true },
  turnTtlSeconds: count(600, 86_400),
  iceServersPerMinute: count(30),
  redisUrl: {
    schema: text("").refine((url) => url === "" || parseRedisUrl(url) !== undefined),
    wants:
      "a URL as redis://user:password@host:6379/0, or nothing for a pod alone (docs/configuration.md has all forms)",
    secret: true,
  },
  redisPubSub: { schema: z.enum(["sharded", "classic"]).default("sharded"), wants: "sharded or classic" },
  podName: {
    schema: text("").refine((name) => /^[\w.-]{0,64}$/.test(name)),
    wants: "up to 64 letters, digits, dots, hyphens and underscores, or nothing for the host's name",
  },
  podAddress: {
    schema: text("").refine((host) => /^[\w.:-]{0,253}$/.test(host)),
    wants: "an address or a host name, or nothing for the first of the machine's addresses",
    internal: true,
  },
  leaseSeconds: count(6, 3600),
  leaseRenewalSeconds: count(2, 1200),
  environment: {
    schema: z.string().default("development"),
    wants: "production, or anything else",
    aliases: ["NODE_ENV"],
  },
} satisfies Record<string, Setting>;

export type SignalingConfig = Config<typeof settings>;

/** Names of the aggregator's settings are not for pods, though both may be told by one file. */
function isForPods(name: string): boolean {
  return !name.startsWith("JONGLEUR_AGGREGATOR_");
}

/** @returns the configuration, or a sentence for each fault */
export function readSignalingConfig(sources: Sources): ConfigResult<typeof settings> {
  const result = readConfig(settings, sources, isForPods);
  const known = "faults" in result ? result.partial : result.config;
  const faults = ["faults" in result ? result.faults : [], faultsTogether(known)].flat();
  return faults.length > 0 ? { faults, partial: known } : result;
}

/** Faults that only show when settings are seen together. */
function faultsTogether(known: Partial<SignalingConfig>): string[] {
  const { environment, appToken, leaseSeconds, leaseRenewalSeconds } = known;
  const faults = [...portFaults(known), ...keyFaults(known), ...turnFaults(known)];
  if (environment === "production" && !appToken) {
    const got = appToken === "" ? "an empty one" : "nothing";
    faults.push(`appToken: got ${got}, wants the token that clients must give: production does not start without`);
  }
  if (leaseSeconds !== undefined && leaseRenewalSeconds !== undefined && leaseSeconds < 2 * leaseRenewalSeconds) {
    faults.push(`leaseSeconds: got ${leaseSeconds}, wants at least twice leaseRenewalSeconds (${leaseRenewalSeconds})`);
  }
  return faults;
}

function portFaults({ wsPort, restPort, msePort }: Partial<SignalingConfig>): string[] {
  const faults: string[] = [];
  if (wsPort !== undefined && wsPort === restPort && wsPort !== 0) {
    faults.push(`restPort: got ${restPort}, wants another port than wsPort: clients and operators are kept apart`);
  }
  if (msePort && [wsPort, restPort].includes(msePort)) {
    faults.push(`msePort: got ${msePort}, wants another port than wsPort and restPort`);
  }
  return faults;
}

/** Which keys count must not be a matter of precedence. */
function keyFaults({ jwtSecret, jwtSecretFile, jwksUrl, jwksFile }: Partial<SignalingConfig>): string[] {
  const given = Object.entries({ jwtSecret, jwtSecretFile, jwksUrl, jwksFile }).filter(([, value]) => value);
  const names = given.map(([name]) => name).join(" and ");
  return given.length > 1 ? [`${names}: want only one of them to be set`] : [];
}

/** Either is of no use without the other. */
function turnFaults({ turnUrls, turnSecret }: Partial<SignalingConfig>): string[] {
  if (turnUrls && turnSecret === undefined)
    return ["turnSecret: got nothing, wants the secret of the servers in turnUrls"];
  if (turnUrls === "" && turnSecret !== undefined)
    return ["turnUrls: got nothing, wants the servers that know turnSecret"];
  return [];
}
