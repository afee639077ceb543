// The pod's metrics: plain numbers kept elsewhere, read when somebody scrapes.
import { JOIN_OUTCOMES, type Signaling, type Tally } from "@jongleur/core";
import { ERRORS, type ErrorName } from "@jongleur/protocol";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { IceDesk } from "./ice/ice-desk.ts";
import type { Traffic } from "./jsongle/bounded-parser.ts";
import type { JsongleGateway } from "./jsongle/gateway.ts";
import { registerMeasures } from "./measures.ts";
import { MSE_METHODS, MSE_OUTCOMES, type MseTally } from "./mse/tally.ts";
import type { Occupancy } from "./occupancy.ts";
import { registerCounter, registerGauge } from "./register.ts";
import { REJECTION_REASONS, type Rejections } from "./rejections.ts";
import type { StateTally } from "./state-tally.ts";

/** Bytes to the megabytes of JSONgle-Server's metrics. */
const MEGABYTE = 1_000_000;

const ERROR_NAMES = Object.keys(ERRORS) as ErrorName[];

/** Plain numbers that the gateway adds to. */
export class GatewayTally {
  /** Minutes that closed connections lasted, all together. */
  connectedMinutes = 0;
  readonly refused = Object.fromEntries(ERROR_NAMES.map((name) => [name, 0])) as Record<ErrorName, number>;

  countClosed(minutes: number): void {
    this.connectedMinutes += minutes;
  }

  countRefusal(error: ErrorName): void {
    this.refused[error] += 1;
  }
}

export interface MeasuredParts {
  readonly version: string;
  readonly signaling: Signaling;
  readonly occupancy: Occupancy;
  readonly gateway: JsongleGateway;
  readonly mseTally: MseTally;
  readonly tally: Tally;
  readonly traffic: Traffic;
  readonly gatewayTally: GatewayTally;
  readonly rejections: Rejections;
  readonly iceDesk: IceDesk;
  readonly state: StateTally;
}

/** How often the delay of the event loop is measured; it is part of what is measured. */
const LOOK_AT_LOOP_MS = 100;

/** Metrics with these prefixes are technical: they are left out of `/stats`. */
const TECHNICAL = /^jongleur_/;

export function createMetrics(parts: MeasuredParts): Registry {
  const registry = new Registry();
  registerMetricsOfJsongleServer(registry, parts);
  registerOwnMetrics(registry, parts);
  registerMeasures(registry, parts);
  // Looking more often, as by default, would be most of what an idle pod costs.
  collectDefaultMetrics({ register: registry, prefix: "jongleur_", eventLoopMonitoringPrecision: LOOK_AT_LOOP_MS });
  return registry;
}

/** The same numbers as JSON, without the technical ones. */
export async function readStats(registry: Registry): Promise<Record<string, number>> {
  const metrics = await registry.getMetricsAsJSON();
  const business = metrics.filter(({ name }) => !TECHNICAL.test(name));
  return Object.fromEntries(business.map(({ name, values }) => [name, values[0]?.value ?? 0]));
}

/** The metrics of JSONgle-Server, by its names and units. */
function registerMetricsOfJsongleServer(registry: Registry, parts: MeasuredParts): void {
  const { signaling, occupancy, gateway, mseTally, tally, traffic, gatewayTally } = parts;
  const gauge = (name: string, help: string, read: () => number) => registerGauge(registry, name, help, read);
  const counter = (name: string, help: string, read: () => number) => registerCounter(registry, name, help, read);
  gauge("users_count", "Clients connected", () => occupancy.connections);
  counter("users_total", "Clients that have connected", () => gateway.accepted + mseTally.accepted);
  gauge("conferences_count", "Rooms and MUCs with members", () => signaling.countRooms());
  counter("conferences_total", "Rooms and MUCs opened", () => tally.roomsOpened);
  counter("duration_total", "Minutes that clients were connected", () => gatewayTally.connectedMinutes);
  counter("recv_total", "MB of JSON text received from clients", () => traffic.received / MEGABYTE);
  counter("sent_total", "MB of JSON text sent to clients", () => traffic.sent / MEGABYTE);
  gauge("p2p_count", "Calls under way; 0 until the service keeps the state of calls", () => 0);
  counter("p2p_total", "Calls accepted (session-accept)", () => tally.callsAccepted);
  counter("p2p_failed_total", "Calls that clients reported as failed by ICE", () => tally.callsFailed);
  counter("p2p_duration_total", "Seconds that calls lasted, as reported by clients", () => tally.callDuration);
  counter("messages_total", "Text messages sent in MUCs", () => tally.mucTexts);
  counter("reactions_total", "Reactions sent in MUCs", () => tally.mucReactions);
}

function registerOwnMetrics(registry: Registry, parts: MeasuredParts): void {
  const { version, occupancy, tally, gatewayTally, mseTally, rejections, iceDesk, state } = parts;
  const limit = () => occupancy.limit;
  registerGauge(registry, "jongleur_connections_limit", "Connections that the pod lets in at the same time", limit);
  registerCounter(registry, "jongleur_relayed_messages_total", "Messages taken for relay", () => tally.relayed);
  registerCounter(
    registry,
    "jongleur_deliveries_total",
    "Relayed messages, one for each recipient",
    () => tally.delivered,
  );
  registerCounter(registry, "jongleur_kicks_total", "Sessions put out of a room", () => tally.kicked);
  registerBus(registry, state);
  registerJoins(registry, tally);
  registerRefusals(registry, gatewayTally);
  registerRejections(registry, rejections);
  registerCounter(registry, "jongleur_ice_credentials_total", "TURN credentials given", () => iceDesk.given);
  registerMse(registry, mseTally);
  new Gauge({
    name: "jongleur_build_info",
    help: "1, for the version of the pod",
    aggregator: "sum",
    labelNames: ["version"],
    registers: [registry],
  })
    .labels(version)
    .set(1);
}

function registerBus(registry: Registry, state: StateTally): void {
  const { bus } = state;
  const counter = (name: string, help: string, read: () => number) => registerCounter(registry, name, help, read);
  counter("jongleur_bus_batches_sent_total", "Batches of parcels sent to other pods", () => bus.batchesSent);
  counter("jongleur_bus_parcels_sent_total", "Parcels sent to other pods", () => bus.parcelsSent);
  counter("jongleur_bus_batches_received_total", "Batches received from other pods", () => bus.batchesReceived);
  counter("jongleur_bus_parcels_received_total", "Parcels received from other pods", () => bus.parcelsReceived);
  counter("jongleur_bus_parcels_undelivered_total", "Parcels that did perhaps not arrive", () => bus.undelivered);
  counter("jongleur_bus_misses_total", "Times that something of other pods was missed", () => bus.missed);
  counter(
    "jongleur_bus_malformed_total",
    "What came from other pods, and is neither parcel nor batch",
    () => bus.malformed,
  );
  registerGauge(registry, "jongleur_bus_waiting_bytes", "What waits to be sent to other pods", state.waiting);
  counter("jongleur_reaped_seats_total", "Seats of dead pods given back by this one", () => state.reapedSeats);
}

function registerJoins(registry: Registry, tally: Tally): void {
  new Counter({
    name: "jongleur_joins_total",
    help: "Joins by kind of room and outcome",
    labelNames: ["kind", "outcome"],
    aggregator: "sum",
    registers: [registry],
    collect() {
      this.reset();
      for (const kind of ["room", "muc"] as const) {
        for (const outcome of JOIN_OUTCOMES) this.labels(kind, outcome).inc(tally.joins[kind][outcome]);
      }
    },
  });
}

function registerRefusals(registry: Registry, { refused }: GatewayTally): void {
  new Counter({
    name: "jongleur_refusals_total",
    help: "Refused messages and connections by error code",
    labelNames: ["code"],
    aggregator: "sum",
    registers: [registry],
    collect() {
      this.reset();
      for (const name of ERROR_NAMES) this.labels(String(ERRORS[name].code)).inc(refused[name]);
    },
  });
}

function registerRejections(registry: Registry, rejections: Rejections): void {
  new Counter({
    name: "jongleur_rejected_total",
    help: "Connections and requests kept out or thrown out, by reason",
    labelNames: ["reason"],
    aggregator: "sum",
    registers: [registry],
    collect() {
      this.reset();
      for (const reason of REJECTION_REASONS) this.labels(reason).inc(rejections.count(reason));
    },
  });
}

function registerMse(registry: Registry, tally: MseTally): void {
  registerGauge(registry, "jongleur_mse_connections", "MSE connections", () => tally.connections);
  registerCounter(registry, "jongleur_mse_connections_total", "MSE connections let in", () => tally.accepted);
  registerCounter(registry, "jongleur_mse_auth_failures_total", "Tokens refused", () => tally.authFailures);
  new Counter({
    name: "jongleur_mse_requests_total",
    help: "MSE requests and notifications by method and outcome",
    labelNames: ["method", "outcome"],
    aggregator: "sum",
    registers: [registry],
    collect() {
      this.reset();
      for (const method of MSE_METHODS) {
        for (const outcome of MSE_OUTCOMES) this.labels(method, outcome).inc(tally.requests(method, outcome));
      }
    },
  });
}
