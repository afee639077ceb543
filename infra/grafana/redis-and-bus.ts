// What pods have of Redis, and what goes through it from pod to pod.
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { type Drawing, dashboard, PODS, podRate, quantiles, TOTALS, total } from "./panels.ts";

export function redisAndBus(): DashboardBuilder {
  return dashboard({
    uid: "jongleur-redis-and-bus",
    title: "Jongleur: Redis and bus",
    description:
      "Does Redis answer in time, do parcels arrive, and what becomes of pods that die. Told by each pod; pods by state, and whether Redis is away, by each aggregator.",
    stats: figures(),
    graphs: [...redis(), ...bus(), ...rosters(), ...aggregator()],
  });
}

function figures(): Drawing[] {
  return [
    {
      title: "Redis away",
      description: "1 while the aggregator can't reach it.",
      unit: "short",
      lines: [[total("jongleur_aggregator_redis_away"), "away"]],
    },
    {
      title: "Waits for other pods",
      description: "All outboxes together; pods, each by itself.",
      unit: "bytes",
      lines: [[`sum(jongleur_bus_waiting_bytes{${PODS}})`, "waits"]],
    },
    {
      title: "Seats of dead pods",
      description: "Given back within the last hour; pods, each by itself.",
      unit: "short",
      lines: [[`sum(increase(jongleur_reaped_seats_total{${PODS}}[1h]))`, "seats"]],
    },
    {
      title: "Malformed",
      description: "What came over Redis within the last hour and is no parcel; pods, each by itself.",
      unit: "short",
      lines: [[`sum(increase(jongleur_bus_malformed_total{${PODS}}[1h]))`, "malformed"]],
    },
  ];
}

function redis(): Drawing[] {
  return [
    {
      title: "Redis commands",
      description: "By what the connection is for; all pods.",
      unit: "cps",
      lines: [[podRate("jongleur_redis_command_seconds_count", "use"), "{{use}}"]],
    },
    {
      title: "Time of a command",
      description: "From a command to its answer; all pods.",
      unit: "s",
      lines: quantiles("jongleur_redis_command_seconds", "use"),
    },
    {
      title: "Failed commands",
      description: "Refused, or not answered; pods, each by itself.",
      unit: "cps",
      lines: [[podRate("jongleur_redis_failures_total", "instance, use"), "{{use}} {{instance}}"]],
    },
  ];
}

function bus(): Drawing[] {
  return [
    {
      title: "Parcels",
      description: "A message, a join or a leave for another pod; all pods.",
      unit: "cps",
      lines: [
        [podRate("jongleur_bus_parcels_sent_total", ""), "sent"],
        [podRate("jongleur_bus_parcels_received_total", ""), "received"],
        [podRate("jongleur_bus_parcels_undelivered_total", ""), "undelivered"],
      ],
    },
    {
      title: "Parcels of a batch",
      description: "Many share one while there is much to do; all pods.",
      unit: "short",
      lines: [
        [
          `${podRate("jongleur_bus_parcels_sent_total", "")} / ${podRate("jongleur_bus_batches_sent_total", "")}`,
          "parcels",
        ],
      ],
    },
    {
      title: "From pod to pod and back",
      description: "By the clock of the pod that asks; all pods.",
      unit: "s",
      lines: quantiles("jongleur_bus_round_trip_seconds"),
    },
    {
      title: "Waits for other pods",
      description: "The outboxes; each other pod's holds 4 MiB, and beyond messages are cut off; pods, each by itself.",
      unit: "bytes",
      lines: [[`jongleur_bus_waiting_bytes{${PODS}}`, "{{instance}}"]],
    },
  ];
}

function rosters(): Drawing[] {
  return [
    {
      title: "Missed, repaired, malformed",
      description: "Pods, each by itself.",
      unit: "cps",
      lines: [
        [podRate("jongleur_bus_misses_total"), "missed {{instance}}"],
        [podRate("jongleur_roster_repairs_total"), "rosters repaired {{instance}}"],
        [podRate("jongleur_bus_malformed_total"), "malformed {{instance}}"],
      ],
    },
    {
      title: "Age of ghosts",
      description:
        "From the end of a dead pod's lease until all it held was given back; all pods. Empty while none dies.",
      unit: "s",
      lines: quantiles("jongleur_reaped_after_seconds"),
    },
  ];
}

function aggregator(): Drawing[] {
  return [
    {
      title: "Pods by state",
      description: "Of each aggregator.",
      unit: "short",
      lines: [[`jongleur_aggregator_pods{${TOTALS}}`, "{{state}} {{instance}}"]],
    },
    {
      title: "Answers to aggregators",
      description: "Of each aggregator.",
      unit: "cps",
      lines: [
        [
          `sum by (instance, outcome) (rate(jongleur_aggregator_scrapes_total{${TOTALS}}[$__rate_interval]))`,
          "{{outcome}} {{instance}}",
        ],
      ],
    },
  ];
}
