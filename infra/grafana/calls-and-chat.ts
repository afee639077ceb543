// What clients do with the service: calls, rooms and chat, by totals that outlive pods.
import type { DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { type Drawing, dashboard, total, totalRate } from "./panels.ts";

export function callsAndChat(): DashboardBuilder {
  return dashboard({
    uid: "jongleur-calls-and-chat",
    title: "Jongleur: calls and chat",
    description: "What clients do. All of it is told by the aggregator, whose totals outlive the pods.",
    stats: figures(),
    graphs: [...calls(), ...rooms(), ...mse()],
  });
}

function figures(): Drawing[] {
  const all = (title: string, unit: string, name: string): Drawing => {
    return { title, description: "Ever since totals are kept.", unit, lines: [[total(name), title]] };
  };
  return [
    all("Calls accepted", "short", "p2p_total"),
    all("Time in calls", "s", "p2p_duration_total"),
    all("Calls failed by ICE", "short", "p2p_failed_total"),
    all("Texts", "short", "messages_total"),
    all("Reactions", "short", "reactions_total"),
    all("Rooms opened", "short", "conferences_total"),
  ];
}

function calls(): Drawing[] {
  return [
    {
      title: "Calls",
      description: "Accepted, and reported as failed by ICE. Clients need not report.",
      unit: "cps",
      lines: [
        [totalRate("p2p_total"), "accepted"],
        [totalRate("p2p_failed_total"), "failed"],
      ],
    },
    {
      title: "Relays by class",
      description: "Messages of calls, chat, events and others.",
      unit: "cps",
      lines: [[totalRate("jongleur_relays_total", "class"), "{{class}}"]],
    },
    {
      title: "TURN credentials",
      description: "Given by either protocol.",
      unit: "cps",
      lines: [[totalRate("jongleur_ice_credentials_total"), "given"]],
    },
  ];
}

function rooms(): Drawing[] {
  return [
    {
      title: "Rooms",
      description: "Rooms and MUCs with members.",
      unit: "short",
      lines: [[total("conferences_count"), "rooms"]],
    },
    {
      title: "Joins by kind and outcome",
      description: "Full, locked and the like are answers; unavailable is a fault.",
      unit: "cps",
      lines: [[totalRate("jongleur_joins_total", "kind, outcome"), "{{kind}} {{outcome}}"]],
    },
    {
      title: "Chat",
      description: "Texts and reactions in MUCs, texts by MSE included.",
      unit: "cps",
      lines: [
        [totalRate("messages_total"), "texts"],
        [totalRate("reactions_total"), "reactions"],
      ],
    },
    {
      title: "Newcomers",
      description: "Clients that were let in, and sessions put out of rooms.",
      unit: "cps",
      lines: [
        [totalRate("users_total"), "let in"],
        [totalRate("jongleur_kicks_total"), "put out"],
      ],
    },
  ];
}

function mse(): Drawing[] {
  return [
    {
      title: "MSE requests by method",
      description: "Requests and notifications.",
      unit: "cps",
      lines: [[totalRate("jongleur_mse_requests_total", "method"), "{{method}}"]],
    },
    {
      title: "MSE errors",
      description: "What was not ok, by outcome.",
      unit: "cps",
      lines: [[totalRate("jongleur_mse_requests_total", "outcome", ',outcome!="ok"'), "{{outcome}}"]],
    },
  ];
}
