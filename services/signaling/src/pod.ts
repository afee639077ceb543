// One signaling pod: its parts put together, started in order and stopped in reverse.
import { randomBytes, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { hostname } from "node:os";
import { noJournal, Signaling, Tally } from "@jongleur/core";
import type { ErrorName } from "@jongleur/protocol";
import {
  closeServer,
  createHttpServer,
  type Lifecycle,
  type Log,
  listen,
  type TlsFiles,
  trackConnections,
} from "@jongleur/runtime";
import manifest from "../package.json" with { type: "json" };
import { createAllowance } from "./ice/allowance.ts";
import { IceDesk } from "./ice/ice-desk.ts";
import { Traffic } from "./jsongle/bounded-parser.ts";
import { JsongleGateway } from "./jsongle/gateway.ts";
import { type Limits, openLimits } from "./limits/limits.ts";
import { Listing } from "./listing.ts";
import { createMetrics, GatewayTally } from "./metrics.ts";
import { MseGateway } from "./mse/gateway.ts";
import { MseTally } from "./mse/tally.ts";
import { wantsUpgrade } from "./mse/upgrade.ts";
import { Occupancy } from "./occupancy.ts";
import { NO_ORIGINS, readOrigins } from "./origins.ts";
import { ownAddress, urlOf } from "./own-address.ts";
import { Readings } from "./readings.ts";
import { Rejections } from "./rejections.ts";
import { createRestServer } from "./rest/server.ts";
import type { SignalingConfig } from "./settings.ts";
import { openState, type State } from "./state.ts";
import type { TokenKeys } from "./tokens/keys.ts";
import { createTokenReport } from "./tokens/refused.ts";
import { createVerifier, type VerifyToken } from "./tokens/verifier.ts";

export interface PodParts {
  readonly config: SignalingConfig;
  /** What clients must give; empty refuses everyone. */
  readonly appToken: string;
  /** What tokens (JWT) are signed with. */
  readonly keys: TokenKeys;
  /** Whether clients of JSONgle must show one. */
  readonly tokenNeeded: boolean;
  readonly tls: TlsFiles | undefined;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
}

/** Where the pod listens; what settings left open (port 0) is filled in. */
export interface PodAddress {
  readonly wsPort: number;
  readonly restPort: number;
  /** Undefined where MSE has no port of its own. */
  readonly msePort?: number;
}

const VERSION = manifest.version;

export async function startPod(parts: PodParts): Promise<PodAddress> {
  const { config, appToken, tls, log, lifecycle } = parts;
  const pod = podName(config);
  const state = openState(config, pod, log.logger);
  const tallies = {
    tally: new Tally(),
    traffic: new Traffic(),
    gatewayTally: new GatewayTally(),
    mseTally: new MseTally(),
    rejections: new Rejections(),
  };
  const signaling = createSignaling(config, pod, state, tallies.tally);
  const occupancy = new Occupancy(config.maxConcurrentUsers);
  const iceDesk = createIceDesk(config, state, tallies.rejections, log);
  const wsServer = createHttpServer(tls);
  const limits = openLimits(config, { ...tallies, countShared: state.countFailure, logger: log.logger });
  // Of this process, and known to nobody else.
  const pass = randomBytes(32).toString("hex");
  const fronts = { ...parts, ...tallies, ...limits, pass, pod, signaling, occupancy, iceDesk };
  const { jsongle, mse } = createGateways(wsServer, fronts);
  const registry = createMetrics({
    version: VERSION,
    signaling,
    occupancy,
    gateway: jsongle,
    iceDesk,
    state: state.tally,
    ...tallies,
  });

  let phase: "starting" | "ready" | "stopping" = "starting";
  const notReady = () => (phase === "ready" ? state.notReady() : phase);
  const selfCheckUrl = () => `${tls ? "https" : "http"}://127.0.0.1:${wsPort}`;
  const facts = { pod, version: VERSION, started: new Date().toISOString() };
  const readings = new Readings(registry, facts, () => phase === "stopping");
  const restServer = createRestServer({
    ...{ config, appToken, pass, tls, log, registry, state, notReady, selfCheckUrl, readings },
    moderation: signaling.moderation,
    rejections: tallies.rejections,
    version: VERSION,
    description: manifest.description,
  });
  lifecycle.started("limits", limits.gate.start());
  lifecycle.started("state", await state.start(signaling));
  const listing = state.podsInRedis && new Listing(state.podsInRedis, facts, readings);
  // Behind the end of REST: nobody can have been told more than what is handed over.
  if (listing) lifecycle.started("listing", () => listing.close());
  const restPort = await listen(restServer, config.restPort);
  lifecycle.started("rest", () => closeServer(restServer));
  listing?.show(urlOf(config.podAddress || ownAddress(), restPort, config.useHTTPS));
  const msePort = await listenForMse(mse, parts);
  const wsPort = await listen(wsServer, config.wsPort);
  lifecycle.started("gateways", async () => {
    const deadline = new Date(Date.now() + config.shutdownTimeoutSeconds * 1000);
    await Promise.all([jsongle.close(deadline), mse.close()]);
  });
  lifecycle.started("readiness", () => {
    phase = "stopping";
    listing?.drain();
  });
  phase = "ready";
  return { wsPort, restPort, ...(msePort !== undefined && { msePort }) };
}

interface GatewaysParts extends PodParts, Limits {
  readonly pass: string;
  readonly pod: string;
  readonly signaling: Signaling;
  readonly occupancy: Occupancy;
  readonly tally: Tally;
  readonly traffic: Traffic;
  readonly gatewayTally: GatewayTally;
  readonly mseTally: MseTally;
  readonly rejections: Rejections;
  readonly iceDesk: IceDesk;
}

/** The two fronts of signaling, which share the clients' port and what is counted. */
function createGateways(wsServer: Server, parts: GatewaysParts): { jsongle: JsongleGateway; mse: MseGateway } {
  const { config, appToken, pass, tokenNeeded, log, gatewayTally, rejections } = parts;
  const verify = createVerifiers(parts);
  const shared = {
    ...parts,
    logger: log.logger,
    onTokenRefused: createTokenReport(rejections, log.logger),
    // What can't be read the settings have refused.
    origins: readOrigins(config.corsPolicyOrigin) ?? NO_ORIGINS,
    newId: randomUUID,
    onRefused: (error: ErrorName) => gatewayTally.countRefusal(error),
    onClosed: (minutes: number) => gatewayTally.countClosed(minutes),
  };
  const jsongle = new JsongleGateway(wsServer, {
    ...shared,
    verify: verify.jsongle,
    settings: { ...config, appToken, pass, tokenNeeded },
    version: VERSION,
    cutConnections: trackConnections(wsServer),
  });
  const mse = new MseGateway({
    ...shared,
    verify: verify.mse,
    settings: config,
  });
  mse.listen(wsServer, "/mse", (request) => jsongle.takes(request));
  return { jsongle, mse };
}

/** Where nothing is configured: what JSONgle's clients show is new here, while a token of MSE needs no end by its document. */
const MAX_LIFETIME_SECONDS = { jsongle: 86_400, mse: 0 };

function createVerifiers({ config, keys, log }: PodParts): Record<keyof typeof MAX_LIFETIME_SECONDS, VerifyToken> {
  const tell = (reason: string | undefined) =>
    log.logger.warn({ reason }, reason === undefined ? "the keys are back" : "the keys of tokens can't be had");
  const source = keys.kind === "none" ? undefined : keys.open(tell);
  const rules = { keys: source, issuer: config.jwtIssuer, audience: config.jwtAudience, now: Date.now };
  const verifier = (byDefault: number) =>
    createVerifier({ ...rules, maxLifetimeSeconds: config.jwtMaxLifetimeSeconds ?? byDefault });
  return { jsongle: verifier(MAX_LIFETIME_SECONDS.jsongle), mse: verifier(MAX_LIFETIME_SECONDS.mse) };
}

function createIceDesk(config: SignalingConfig, { redis }: State, rejections: Rejections, { logger }: Log): IceDesk {
  const allowance = createAllowance({
    name: "jgl:ice-servers",
    perMinute: config.iceServersPerMinute,
    redis,
    onShared: (reason) =>
      logger.warn({ reason }, `users' requests are counted ${reason ? "by this pod alone" : "over all pods"}`),
  });
  return new IceDesk({ settings: config, allowance, rejections, now: Date.now });
}

/** Opens a port where nothing but MSE is spoken, if there is to be one. @returns which */
async function listenForMse(mse: MseGateway, { config, tls, lifecycle }: PodParts): Promise<number | undefined> {
  if (config.msePort === undefined) return undefined;
  const server = createHttpServer(tls);
  server.on("request", wantsUpgrade);
  mse.listen(server, "/");
  const port = await listen(server, config.msePort);
  lifecycle.started("mse port", () => closeServer(server));
  return port;
}

/** A process that comes back is another pod: what its name's former bearer held is not its own. */
function podName(config: SignalingConfig): string {
  const name = config.podName || hostname().replace(/[^\w.-]/g, "-");
  return `${name}-${randomBytes(3).toString("hex")}`;
}

function createSignaling(config: SignalingConfig, pod: string, state: State, tally: Tally): Signaling {
  const { rooms, presence, bus, epoch } = state;
  return new Signaling({
    serverId: config.id,
    pod,
    epoch,
    now: () => performance.now(),
    toIso: (ms) => new Date(ms).toISOString(),
    limits: config,
    rooms,
    presence,
    bus,
    journal: noJournal,
    tally,
    newId: randomUUID,
  });
}
