// How long things take, and what there is of each kind: registered with the pod's metrics.
import { RELAY_CLASSES, RELAY_OUTCOMES, type Signaling, type Tally } from "@jongleur/core";
import { Counter, Gauge, type Registry } from "prom-client";
import type { MseTally } from "./mse/tally.ts";
import type { Occupancy } from "./occupancy.ts";
import { REDIS_USES } from "./redis-timing.ts";
import { registerCounter, registerDurations } from "./register.ts";
import type { StateTally } from "./state-tally.ts";

export interface MeasuredThings {
  readonly signaling: Signaling;
  readonly occupancy: Occupancy;
  readonly tally: Tally;
  readonly mseTally: MseTally;
  readonly state: StateTally;
}

export function registerMeasures(registry: Registry, parts: MeasuredThings): void {
  const { tally, state } = parts;
  registerProtocols(registry, parts);
  registerRelays(registry, tally);
  registerDurations(registry, "jongleur_join_seconds", "From the request to join to its answer", [
    [{ kind: "room" }, tally.joinTimes.room],
    [{ kind: "muc" }, tally.joinTimes.muc],
  ]);
  registerDurations(
    registry,
    "jongleur_relay_seconds",
    "From the arrival of a message to its hand-over to all members on this pod",
    [[{}, tally.relayTimes]],
  );
  registerDurations(registry, "jongleur_bus_round_trip_seconds", "From this pod to another and back", [
    [{}, state.bus.roundTrips],
  ]);
  registerDurations(
    registry,
    "jongleur_reaped_after_seconds",
    "From the end of a dead pod's lease until all that it held was given back",
    [[{}, state.reapedAfter]],
  );
  registerCounter(registry, "jongleur_roster_repairs_total", "Rosters that were read anew", () => tally.repairs);
  registerRedis(registry, state);
}

function registerProtocols(registry: Registry, { signaling, occupancy, mseTally }: MeasuredThings): void {
  new Gauge({
    name: "jongleur_connections",
    help: "Connections by protocol",
    labelNames: ["protocol"],
    aggregator: "sum",
    registers: [registry],
    collect() {
      this.labels("jsongle").set(occupancy.connections - mseTally.connections);
      this.labels("mse").set(mseTally.connections);
    },
  });
  new Gauge({
    name: "jongleur_sessions",
    help: "Sessions whose identity is known, by protocol",
    labelNames: ["protocol"],
    aggregator: "sum",
    registers: [registry],
    collect() {
      for (const protocol of ["jsongle", "mse"] as const) {
        this.labels(protocol).set(signaling.countSessions(protocol));
      }
    },
  });
}

function registerRelays(registry: Registry, { relays }: Tally): void {
  new Counter({
    name: "jongleur_relays_total",
    help: "Messages to be relayed, by class and outcome",
    labelNames: ["class", "outcome"],
    aggregator: "sum",
    registers: [registry],
    collect() {
      this.reset();
      for (const kind of RELAY_CLASSES) {
        for (const outcome of RELAY_OUTCOMES) this.labels(kind, outcome).inc(relays[kind][outcome]);
      }
    },
  });
}

function registerRedis(registry: Registry, { redis }: StateTally): void {
  registerDurations(
    registry,
    "jongleur_redis_command_seconds",
    "From a command to its answer, by what the connection is for",
    REDIS_USES.map((use) => [{ use }, redis[use].durations]),
  );
  new Counter({
    name: "jongleur_redis_failures_total",
    help: "Commands that Redis refused, or did not answer, by what the connection is for",
    labelNames: ["use"],
    aggregator: "sum",
    registers: [registry],
    collect() {
      this.reset();
      for (const use of REDIS_USES) this.labels(use).inc(redis[use].failures);
    },
  });
}
