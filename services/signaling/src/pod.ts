// One signaling pod: its parts put together, started in order and stopped in reverse.
import { randomUUID } from "node:crypto";
import { MemoryPodNetwork, MemoryPresenceStore, MemoryRoomStore, noJournal, Signaling, Tally } from "@jongleur/core";
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
  const { signaling, tally } = createSignaling(config);
  const wsServer = createHttpServer(tls);
  const traffic = new Traffic();
  const gatewayTally = new GatewayTally();
  const gateway = new JsongleGateway(wsServer, {
    settings: { ...config, appToken },
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
  const registry = createMetrics({ version: VERSION, signaling, gateway, tally, traffic, gatewayTally });

  let phase: "starting" | "ready" | "stopping" = "starting";
  const notReady = () => (phase === "ready" ? undefined : phase);
  const selfCheckUrl = () => `${tls ? "https" : "http"}://127.0.0.1:${wsPort}`;
  const restServer = createHttpServer(tls);
  restServer.on("request", createRestApp({ config, log, registry, notReady, selfCheckUrl, appToken }));
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

function createSignaling(config: SignalingConfig): { signaling: Signaling; tally: Tally } {
  const pod = randomUUID();
  const tally = new Tally();
  const signaling = new Signaling({
    serverId: config.id,
    pod,
    // A pod alone is never taken for dead: its first epoch is its last.
    epoch: () => 1,
    limits: config,
    rooms: new MemoryRoomStore(),
    presence: new MemoryPresenceStore(),
    bus: new MemoryPodNetwork().connect(pod),
    journal: noJournal,
    tally,
    newId: randomUUID,
  });
  return { signaling, tally };
}

interface RestParts {
  readonly config: SignalingConfig;
  readonly appToken: string;
  readonly log: Log;
  readonly registry: Registry;
  readonly notReady: () => string | undefined;
  readonly selfCheckUrl: () => string;
}

function createRestApp({ config, appToken, log, registry, notReady, selfCheckUrl }: RestParts) {
  const app = createOpsApp({ registry, secure: config.useHTTPS, notReady });
  const about = {
    name: "jongleur",
    version: VERSION,
    description: manifest.description,
    started: new Date().toISOString(),
    // `useSSL` is what JSONgle-Server calls `useHTTPS` here.
    configuration: { ...withoutSecrets(settings, config), useSSL: config.useHTTPS },
  };
  addRoutes(app, { about, registry, log, selfCheck: createSelfCheck({ url: selfCheckUrl, appToken }) });
  finishOpsApp(app, log.logger);
  return app;
}
