// The operators' HTTP server: routes, who may use them, and how long one may take.
import type { IncomingMessage, Server } from "node:http";
import { BlockList } from "node:net";
import type { Moderation } from "@jongleur/core";
import { createHttpServer, createOpsApp, type HttpLimits, type Log, shownTo, type TlsFiles } from "@jongleur/runtime";
import type { Registry } from "prom-client";
import { addressOf, readProxies } from "../client-address.ts";
import type { Readings } from "../readings.ts";
import type { Rejections } from "../rejections.ts";
import { type SignalingConfig, settings } from "../settings.ts";
import type { State } from "../state.ts";
import { createAdminGuard } from "./admin-guard.ts";
import { createRoutes } from "./routes.ts";
import { createSelfCheck } from "./self-check.ts";

/** Operators and probes are few and quick; whoever is not must not use up what clients need. */
const REST_LIMITS: HttpLimits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 5000,
  maxHeaderSize: 16_384,
  silence: 30_000,
  connections: 1000,
  connectionsPerAddress: 200,
};

export interface RestParts {
  readonly config: SignalingConfig;
  readonly version: string;
  readonly description: string;
  readonly appToken: string;
  /** Lets the self-check in. */
  readonly pass: string;
  readonly moderation: Moderation;
  readonly tls: TlsFiles | undefined;
  readonly log: Log;
  readonly registry: Registry;
  readonly rejections: Rejections;
  readonly state: State;
  readonly notReady: () => string | undefined;
  readonly selfCheckUrl: () => string;
  readonly readings: Readings;
}

export function createRestServer(parts: RestParts): Server {
  const { config, version, description, appToken, pass, tls, log, state, selfCheckUrl } = parts;
  const info = { version, description };
  const proxies = readProxies(config.trustedProxies) ?? new BlockList();
  const admission = { addressOf: (request: IncomingMessage) => addressOf(request, proxies), logger: log.logger };
  const routes = createRoutes({
    rooms: state.rooms,
    presence: state.presence,
    ...parts,
    metricsAccess: config.metricsAccess,
    about: {
      name: "jongleur",
      ...info,
      started: new Date().toISOString(),
      configuration: readSettings("anybody", config),
    },
    configuration: readSettings("admins", config),
    selfCheck: createSelfCheck({ url: selfCheckUrl, appToken, pass }),
  });
  const app = createOpsApp({
    info: { title: "Jongleur", ...info },
    routes,
    secure: config.useHTTPS,
    guard: createAdminGuard({ ...parts, ...admission, tokens: config.adminToken }),
    ...admission,
  });
  return createHttpServer(tls, REST_LIMITS).on("request", app);
}

/** `useSSL` is what JSONgle-Server calls `useHTTPS` here. */
function readSettings(reader: "anybody" | "admins", config: SignalingConfig) {
  return { ...shownTo(reader, settings, config), useSSL: config.useHTTPS };
}
