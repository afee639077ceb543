// The expressions of Grafana's dashboards, as they are committed.
import { readdirSync, readFileSync } from "node:fs";
import { DASHBOARD_FOLDER } from "../../infra/grafana/dashboards.ts";

export interface Target {
  readonly dashboard: string;
  readonly panel: string;
  /** As it is asked where all pods are chosen, over a minute. */
  readonly expr: string;
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

export function committedDashboards(): ReadonlyMap<string, string> {
  const names = readdirSync(DASHBOARD_FOLDER).sort();
  return new Map(names.map((name) => [name, readFileSync(new URL(name, DASHBOARD_FOLDER), "utf8")]));
}

export function dashboardTargets(): readonly Target[] {
  return [...committedDashboards().values()].flatMap((json) => {
    const { title, panels } = JSON.parse(json) as Dashboard;
    return panels.flatMap((panel) => {
      return panel.targets.map(({ expr }) => ({ dashboard: title, panel: panel.title, expr: resolved(expr) }));
    });
  });
}

/** @throws if something is left that only Grafana knows */
function resolved(expr: string): string {
  const plain = expr.replaceAll("$__rate_interval", "1m").replaceAll("$pod", ".+");
  if (plain.includes("$")) throw new Error(`${expr}: what is that variable?`);
  return plain;
}
