// The golden signals of the whole service: traffic, errors, latency, saturation.
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { type Drawing, dashboard, PODS, podRate, quantiles, total, totalRate } from "./panels.ts";

export function overview(): DashboardBuilder {
  return dashboard({
    uid: "jongleur-overview",
    title: "Jongleur: overview",
    description: "Is the service well? Traffic, errors, latency and how full it is.",
    stats: figures(),
    graphs: [...traffic(), ...errors(), ...latency(), ...saturation()],
  });
}

function figures(): Drawing[] {
  const ofAll = (title: string, gauge: string): Drawing => {
    return { title, description: "Of the aggregator.", unit: "short", lines: [[total(gauge), title]] };
  };
  return [
    {
      title: "Pods that answer",
      description: "Of those that Prometheus finds.",
      unit: "short",
      lines: [["jongleur:pods:up", "pods"]],
    },
    ofAll("Connections", "users_count"),
    ofAll("Rooms", "conferences_count"),
    {
      title: "Failed joins",
      description: "Joins that the service could not decide, of all in five minutes; pods, each by itself.",
      unit: "percentunit",
      lines: [["jongleur:join_failures:ratio_rate5m", "failed"]],
    },
    {
      title: "Fullest pod",
      description: "Connections of the pod that has most, of those that it may have.",
      unit: "percentunit",
      lines: [["max(instance:jongleur_connections:ratio)", "fullest"]],
    },
    {
      title: "Redis",
      description: "1 while the aggregator can't reach it.",
      unit: "short",
      lines: [[total("jongleur_aggregator_redis_away"), "away"]],
    },
  ];
}

function traffic(): Drawing[] {
  return [
    {
      title: "Connections by protocol",
      description: "Of the aggregator.",
      unit: "short",
      lines: [[total("jongleur_connections", "protocol"), "{{protocol}}"]],
    },
    {
      title: "Messages relayed",
      description: "Taken for relay, and handed to recipients; of the aggregator.",
      unit: "cps",
      lines: [
        [totalRate("jongleur_relayed_messages_total"), "taken"],
        [totalRate("jongleur_deliveries_total"), "handed over"],
      ],
    },
    {
      title: "Joins by outcome",
      description: "Of the aggregator.",
      unit: "cps",
      lines: [[totalRate("jongleur_joins_total", "outcome"), "{{outcome}}"]],
    },
  ];
}

function errors(): Drawing[] {
  return [
    {
      title: "Refusals by code",
      description: "What clients are told; of the aggregator.",
      unit: "cps",
      lines: [[totalRate("jongleur_refusals_total", "code"), "{{code}}"]],
    },
    {
      title: "Kept out or thrown out",
      description: "By reason; of the aggregator.",
      unit: "cps",
      lines: [[totalRate("jongleur_rejected_total", "reason"), "{{reason}}"]],
    },
    {
      title: "Faults between pods and Redis",
      description: "Failed commands, parcels that did not get there, relays that were cut off; pods, each by itself.",
      unit: "cps",
      lines: [
        [podRate("jongleur_redis_failures_total", ""), "failed commands"],
        [podRate("jongleur_bus_parcels_undelivered_total", ""), "undelivered parcels"],
        [podRate("jongleur_relays_total", "", ',outcome="cutOff"'), "relays cut off"],
      ],
    },
  ];
}

function latency(): Drawing[] {
  return [
    {
      title: "Time to join",
      description: "From the request to its answer; all pods.",
      unit: "s",
      lines: quantiles("jongleur_join_seconds"),
    },
    {
      title: "Time to relay",
      description: "From arrival to hand-over to the members on the same pod; all pods.",
      unit: "s",
      lines: quantiles("jongleur_relay_seconds"),
    },
    {
      title: "From pod to pod and back",
      description: "Half of it is about what a message takes to another pod; all pods.",
      unit: "s",
      lines: quantiles("jongleur_bus_round_trip_seconds"),
    },
  ];
}

function saturation(): Drawing[] {
  return [
    {
      title: "How full pods are",
      description: "Connections of those that a pod may have; pods, each by itself.",
      unit: "percentunit",
      lines: [["instance:jongleur_connections:ratio", "{{instance}}"]],
    },
    {
      title: "CPU",
      description: "Of one core, which is what a pod can use for messages; pods, each by itself.",
      unit: "percentunit",
      lines: [[podRate("jongleur_process_cpu_seconds_total"), "{{instance}}"]],
    },
    {
      title: "Delay of the event loop",
      description: "Its 99th percentile, the 0.1 s between two looks included; pods, each by itself.",
      unit: "s",
      lines: [[`jongleur_nodejs_eventloop_lag_p99_seconds{${PODS}}`, "{{instance}}"]],
    },
  ];
}
