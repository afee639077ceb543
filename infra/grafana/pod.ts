// One pod, or a few beside each other: what it does and what it needs.
import {
  type DashboardBuilder,
  QueryVariableBuilder,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE, type Drawing, dashboard, PODS, podRate, quantiles } from "./panels.ts";

const CHOSEN = ',instance=~"$pod"';
const gauge = (name: string) => `${name}{${PODS}${CHOSEN}}`;
const rate = (counter: string, by?: string, matchers = "") => podRate(counter, by, CHOSEN + matchers);

/** All that it shows is what pods tell, each by itself. */
export function onePod(): DashboardBuilder {
  const pod = new QueryVariableBuilder("pod")
    .label("Pod")
    .datasource(DATASOURCE)
    .query(`label_values(up{${PODS}}, instance)`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true);
  return dashboard({
    uid: "jongleur-pod",
    title: "Jongleur: one pod",
    description: "What a pod does, how long that takes, and what it needs. All of it is told by the pods themselves.",
    variables: [pod],
    stats: figures(),
    graphs: [...work(), ...times(), ...needs()],
  });
}

function figures(): Drawing[] {
  return [
    {
      title: "Up",
      description: "1 if it answers Prometheus.",
      unit: "short",
      lines: [[gauge("up"), "{{instance}}"]],
    },
    {
      title: "Version",
      description: "Pods by version.",
      unit: "short",
      lines: [[`sum by (version) (${gauge("jongleur_build_info")})`, "{{version}}"]],
    },
    {
      title: "Runs for",
      description: "Since its process began.",
      unit: "s",
      lines: [[`time() - ${gauge("jongleur_process_start_time_seconds")}`, "{{instance}}"]],
    },
    {
      title: "Connections",
      description: "Of both protocols.",
      unit: "short",
      lines: [[gauge("users_count"), "{{instance}}"]],
    },
    {
      title: "May have",
      description: "Its maxConcurrentUsers.",
      unit: "short",
      lines: [[gauge("jongleur_connections_limit"), "{{instance}}"]],
    },
  ];
}

function work(): Drawing[] {
  return [
    {
      title: "Connections and sessions",
      description: "By protocol: a session is one whose hello or token was accepted.",
      unit: "short",
      lines: [
        [gauge("jongleur_connections"), "connections {{protocol}} {{instance}}"],
        [gauge("jongleur_sessions"), "sessions {{protocol}} {{instance}}"],
      ],
    },
    {
      title: "Relays",
      description: "By class and outcome.",
      unit: "cps",
      lines: [[rate("jongleur_relays_total", "class, outcome"), "{{class}} {{outcome}}"]],
    },
    {
      title: "JSON text",
      description: "Of messages from and to clients.",
      unit: "MBs",
      lines: [
        [rate("recv_total"), "from clients {{instance}}"],
        [rate("sent_total"), "to clients {{instance}}"],
      ],
    },
  ];
}

function times(): Drawing[] {
  return [
    {
      title: "Time to join",
      description: "By kind of room.",
      unit: "s",
      lines: quantiles("jongleur_join_seconds", "kind", CHOSEN),
    },
    {
      title: "Time to relay",
      description: "To the members on this pod.",
      unit: "s",
      lines: quantiles("jongleur_relay_seconds", "instance", CHOSEN),
    },
    {
      title: "Delay of the event loop",
      description: "The 0.1 s between two looks included.",
      unit: "s",
      lines: [
        [gauge("jongleur_nodejs_eventloop_lag_p99_seconds"), "99th percentile {{instance}}"],
        [gauge("jongleur_nodejs_eventloop_lag_max_seconds"), "most {{instance}}"],
      ],
    },
  ];
}

function needs(): Drawing[] {
  return [
    {
      title: "CPU",
      description: "Of one core.",
      unit: "percentunit",
      lines: [
        [rate("jongleur_process_cpu_user_seconds_total"), "user {{instance}}"],
        [rate("jongleur_process_cpu_system_seconds_total"), "system {{instance}}"],
      ],
    },
    {
      title: "Memory",
      description: "Resident, and heap in use.",
      unit: "bytes",
      lines: [
        [gauge("jongleur_process_resident_memory_bytes"), "resident {{instance}}"],
        [gauge("jongleur_nodejs_heap_size_used_bytes"), "heap {{instance}}"],
      ],
    },
    {
      title: "Garbage collection",
      description: "Part of the time that it takes.",
      unit: "percentunit",
      lines: [[rate("jongleur_nodejs_gc_duration_seconds_sum"), "{{instance}}"]],
    },
    {
      title: "File descriptors",
      description: "Open ones, and how many there may be.",
      unit: "short",
      lines: [
        [gauge("jongleur_process_open_fds"), "open {{instance}}"],
        [gauge("jongleur_process_max_fds"), "limit {{instance}}"],
      ],
    },
    {
      title: "What keeps it going",
      description: "Open handles, timers and the like.",
      unit: "short",
      lines: [[gauge("jongleur_nodejs_active_resources_total"), "{{instance}}"]],
    },
    {
      title: "Kept out or thrown out",
      description: "By reason.",
      unit: "cps",
      lines: [[rate("jongleur_rejected_total", "reason"), "{{reason}}"]],
    },
  ];
}
