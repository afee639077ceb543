// One signaling pod: its parts put together, started in order and stopped in reverse.
import { randomBytes, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { BlockList } from "node:net";
import { hostname } from "node:os";
import { noJournal, Signaling, Tally } from "@jongleur/core";
import type { ErrorName } from "@jongleur/protocol";
import {
  closeServer,
  createHttpServer,
  createOpsApp,
  finishOpsApp,
  type Lifecycle,
  type Log,
  listen,
  type TlsFiles,
  trackConnections,
  withoutSecrets,
} from "@jongleur/runtime";
import type { Registry } from "prom-client";
import manifest from "../package.json" with { type: "json" };
import { readProxies } from "./client-address.ts";
import { Traffic } from "./jsongle/bounded-parser.ts";
import { JsongleGateway } from "./jsongle/gateway.ts";
import { Listing } from "./listing.ts";
import { createMetrics, GatewayTally } from "./metrics.ts";
import { MseGateway } from "./mse/gateway.ts";
import { MseTally } from "./mse/tally.ts";
import { refuseUpgrade, wantsUpgrade } from "./mse/upgrade.ts";
import { Occupancy } from "./occupancy.ts";
import { ownAddress, urlOf } from "./own-address.ts";
import { Readings } from "./readings.ts";
import { Rejections } from "./rejections.ts";
import { addReadingRoute } from "./rest/reading.ts";
import { addRoutes } from "./rest/routes.ts";
import { createSelfCheck } from "./rest/self-check.ts";
import { type SignalingConfig, settings } from "./settings.ts";
import { openState, type State } from "./state.ts";
import type { TokenKeys } from "./tokens/keys.ts";
import { createVerifier } from "./tokens/verifier.ts";

export interface PodParts {
  readonly config: SignalingConfig;
  /** What clients must give; empty refuses everyone. */
  readonly appToken: string;
  /** What the tokens of MSE clients are signed with. */
  readonly keys: TokenKeys;
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
  const wsServer = createHttpServer(tls);
  const { jsongle, mse } = createGateways(wsServer, { ...parts, ...tallies, pod, signaling, occupancy });
  const registry = createMetrics({
    version: VERSION,
    signaling,
    occupancy,
    gateway: jsongle,
    state: state.tally,
    ...tallies,
  });

  let phase: "starting" | "ready" | "stopping" = "starting";
  const notReady = () => (phase === "ready" ? state.notReady() : phase);
  const selfCheckUrl = () => `${tls ? "https" : "http"}://127.0.0.1:${wsPort}`;
  const restServer = createHttpServer(tls);
  const facts = { pod, version: VERSION, started: new Date().toISOString() };
  const readings = new Readings(registry, facts, () => phase === "stopping");
  restServer.on("request", createRestApp({ config, log, registry, state, notReady, selfCheckUrl, appToken, readings }));
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

interface GatewaysParts extends PodParts {
  readonly pod: string;
  readonly signaling: Signaling;
  readonly occupancy: Occupancy;
  readonly tally: Tally;
  readonly traffic: Traffic;
  readonly gatewayTally: GatewayTally;
  readonly mseTally: MseTally;
  readonly rejections: Rejections;
}

/** The two fronts of signaling, which share the clients' port and what is counted. */
function createGateways(wsServer: Server, parts: GatewaysParts): { jsongle: JsongleGateway; mse: MseGateway } {
  const { config, appToken, keys, log, gatewayTally } = parts;
  const shared = {
    ...parts,
    logger: log.logger,
    newId: randomUUID,
    onRefused: (error: ErrorName) => gatewayTally.countRefusal(error),
    onClosed: (minutes: number) => gatewayTally.countClosed(minutes),
  };
  const jsongle = new JsongleGateway(wsServer, {
    ...shared,
    settings: { ...config, appToken },
    version: VERSION,
    cutConnections: trackConnections(wsServer),
  });
  const mse = new MseGateway({
    ...shared,
    settings: config,
    proxies: readProxies(config.trustedProxies) ?? new BlockList(),
    verify: createVerifier({
      keys,
      issuer: config.jwtIssuer,
      audience: config.jwtAudience,
      onKeys: (reason) => log.logger.warn({ reason }, reason ? "the keys of tokens can't be had" : "the keys are back"),
    }),
  });
  mse.listen(wsServer, "/mse");
  return { jsongle, mse };
}

/** Opens a port where nothing but MSE is spoken, if there is to be one. @returns which */
async function listenForMse(mse: MseGateway, { config, tls, lifecycle }: PodParts): Promise<number | undefined> {
  if (config.msePort === undefined) return undefined;
  const server = createHttpServer(tls);
  server.on("request", wantsUpgrade);
  mse.listen(server, "/", (socket) => refuseUpgrade(socket, "notFound"));
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
    limits: config,
    rooms,
    presence,
    bus,
    journal: noJournal,
    tally,
    newId: randomUUID,
  });
}

interface RestParts {
  readonly config: SignalingConfig;
  readonly appToken: string;
  readonly log: Log;
  readonly registry: Registry;
  readonly state: State;
  readonly notReady: () => string | undefined;
  readonly selfCheckUrl: () => string;
  readonly readings: Readings;
}

function createRestApp({ config, appToken, log, registry, state, notReady, selfCheckUrl, readings }: RestParts) {
  const app = createOpsApp({ registry, secure: config.useHTTPS, notReady });
  const about = {
    name: "jongleur",
    version: VERSION,
    description: manifest.description,
    started: new Date().toISOString(),
    // `useSSL` is what JSONgle-Server calls `useHTTPS` here.
    configuration: { ...withoutSecrets(settings, config), useSSL: config.useHTTPS },
  };
  addRoutes(app, { about, registry, log, ...state, selfCheck: createSelfCheck({ url: selfCheckUrl, appToken }) });
  addReadingRoute(app, readings);
  finishOpsApp(app, log.logger);
  return app;
}
