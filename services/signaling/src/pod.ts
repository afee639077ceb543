// One signaling pod: its parts put together, started in order and stopped in reverse.
import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { noJournal, Signaling, Tally } from "@jongleur/core";
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
import { Traffic } from "./jsongle/bounded-parser.ts";
import { JsongleGateway } from "./jsongle/gateway.ts";
import { createMetrics, GatewayTally } from "./metrics.ts";
import { addRoutes } from "./rest/routes.ts";
import { createSelfCheck } from "./rest/self-check.ts";
import { type SignalingConfig, settings } from "./settings.ts";
import { openState, type State } from "./state.ts";

export interface PodParts {
  readonly config: SignalingConfig;
  /** What clients must give; empty refuses everyone. */
  readonly appToken: string;
  readonly tls: TlsFiles | undefined;
  readonly log: Log;
  readonly lifecycle: Lifecycle;
}

/** Where the pod listens; what settings left open (port 0) is filled in. */
export interface PodAddress {
  readonly wsPort: number;
  readonly restPort: number;
}

const VERSION = manifest.version;

export async function startPod({ config, appToken, tls, log, lifecycle }: PodParts): Promise<PodAddress> {
  const pod = podName(config);
  const state = openState(config, pod, log.logger);
  const tally = new Tally();
  const signaling = createSignaling(config, pod, state, tally);
  const wsServer = createHttpServer(tls);
  const traffic = new Traffic();
  const gatewayTally = new GatewayTally();
  const gateway = new JsongleGateway(wsServer, {
    settings: { ...config, appToken },
    pod,
    version: VERSION,
    signaling,
    tally,
    traffic,
    logger: log.logger,
    newId: randomUUID,
    cutConnections: trackConnections(wsServer),
    onRefused: (error) => gatewayTally.countRefusal(error),
    onClosed: (minutes) => gatewayTally.countClosed(minutes),
  });
  const registry = createMetrics({
    version: VERSION,
    signaling,
    gateway,
    tally,
    traffic,
    gatewayTally,
    state: state.tally,
  });

  let phase: "starting" | "ready" | "stopping" = "starting";
  const notReady = () => (phase === "ready" ? state.notReady() : phase);
  const selfCheckUrl = () => `${tls ? "https" : "http"}://127.0.0.1:${wsPort}`;
  const restServer = createHttpServer(tls);
  restServer.on("request", createRestApp({ config, log, registry, state, notReady, selfCheckUrl, appToken }));
  lifecycle.started("state", await state.start(signaling));
  const restPort = await listen(restServer, config.restPort);
  lifecycle.started("rest", () => closeServer(restServer));
  const wsPort = await listen(wsServer, config.wsPort);
  lifecycle.started("jsongle", () => gateway.close(new Date(Date.now() + config.shutdownTimeoutSeconds * 1000)));
  lifecycle.started("readiness", () => {
    phase = "stopping";
  });
  phase = "ready";
  return { wsPort, restPort };
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
