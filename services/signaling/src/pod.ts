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
import { createAllowance } from "./ice/allowance.ts";
import { IceDesk } from "./ice/ice-desk.ts";
import { Traffic } from "./jsongle/bounded-parser.ts";
import { JsongleGateway } from "./jsongle/gateway.ts";
import { createMetrics, GatewayTally } from "./metrics.ts";
import { MseGateway } from "./mse/gateway.ts";
import { MseTally } from "./mse/tally.ts";
import { refuseUpgrade, wantsUpgrade } from "./mse/upgrade.ts";
import { Occupancy } from "./occupancy.ts";
import { Rejections } from "./rejections.ts";
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
  const iceDesk = createIceDesk(config, state, tallies.rejections, log);
  const wsServer = createHttpServer(tls);
  const { jsongle, mse } = createGateways(wsServer, { ...parts, ...tallies, pod, signaling, occupancy, iceDesk });
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
  const restServer = createHttpServer(tls);
  restServer.on("request", createRestApp({ config, log, registry, state, notReady, selfCheckUrl, appToken }));
  lifecycle.started("state", await state.start(signaling));
  const restPort = await listen(restServer, config.restPort);
  lifecycle.started("rest", () => closeServer(restServer));
  const msePort = await listenForMse(mse, parts);
  const wsPort = await listen(wsServer, config.wsPort);
  lifecycle.started("gateways", async () => {
    const deadline = new Date(Date.now() + config.shutdownTimeoutSeconds * 1000);
    await Promise.all([jsongle.close(deadline), mse.close()]);
  });
  lifecycle.started("readiness", () => {
    phase = "stopping";
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
  readonly iceDesk: IceDesk;
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
}

function createRestApp({ config, appToken, log, registry, state, notReady, selfCheckUrl }: RestParts) {
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
  finishOpsApp(app, log.logger);
  return app;
}
