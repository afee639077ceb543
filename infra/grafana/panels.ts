// How dashboards and their panels look, and where their numbers come from.
import { ReduceDataOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type QueryVariableBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** The Prometheus that who looks has chosen. */
export const DATASOURCE = { type: "prometheus", uid: "$datasource" };

/** Each pod by itself: what it alone does, and how long things take there. */
export const PODS = 'job="jongleur-pods"';
/** All pods together, as the aggregator tells. Its totals outlive pods. */
export const TOTALS = 'job="jongleur-aggregator"';

const TAG = "jongleur";
/** Of the 24 columns of Grafana. */
const WIDTH = 8;
const HEIGHT = 7;
const STAT_WIDTH = 4;
const STAT_HEIGHT = 4;

/** An expression, and how its series are called. */
export type Line = readonly [expr: string, legend: string];

export interface Drawing {
  readonly title: string;
  /** What it tells, and from where: each pod, or the aggregator. */
  readonly description: string;
  /** As Grafana names them: `s`, `bytes`, `cps` (a second), `short`. */
  readonly unit: string;
  readonly lines: readonly Line[];
}

export interface Page {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Beside that of the datasource. */
  readonly variables?: readonly QueryVariableBuilder[];
  readonly stats: readonly Drawing[];
  readonly graphs: readonly Drawing[];
}

export function dashboard({ uid, title, description, variables = [], stats, graphs }: Page): DashboardBuilder {
  const page = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .time({ from: "now-1h", to: "now" })
    .refresh("30s")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .link(new DashboardLinkBuilder("Jongleur").type(DashboardLinkType.Dashboards).tags([TAG]).keepTime(true))
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"));
  for (const variable of variables) page.withVariable(variable);
  for (const drawing of stats) page.withPanel(stat(drawing));
  for (const drawing of graphs) page.withPanel(graph(drawing));
  return page;
}

/** A figure as it is now. */
function stat({ title, description, unit, lines }: Drawing): StatBuilder {
  const panel = new StatBuilder().title(title).description(description).unit(unit).datasource(DATASOURCE);
  lines.forEach((line, i) => void panel.withTarget(query(line, i).instant()));
  const last = new ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
  return panel.reduceOptions(last).span(STAT_WIDTH).height(STAT_HEIGHT);
}

/** Lines over time. */
function graph({ title, description, unit, lines }: Drawing): TimeseriesBuilder {
  const panel = new TimeseriesBuilder().title(title).description(description).unit(unit).datasource(DATASOURCE);
  lines.forEach((line, i) => void panel.withTarget(query(line, i).range()));
  return panel.min(0).fillOpacity(10).span(WIDTH).height(HEIGHT);
}

/** @param i its place in the panel, which tells it apart there */
function query([expr, legend]: Line, i: number): DataqueryBuilder {
  const place = String.fromCharCode("A".charCodeAt(0) + i);
  return new DataqueryBuilder().refId(place).datasource(DATASOURCE).expr(expr).legendFormat(legend);
}

/** How often a second a counter grows, over all pods. @param by labels that are told apart */
export function totalRate(counter: string, by = "", matchers = ""): string {
  return ofOneAggregator(`rate(${counter}{${TOTALS}${matchers}}[$__rate_interval])`, by);
}

/** A gauge or a total, over all pods. @param by labels that are told apart */
export function total(metric: string, by = ""): string {
  return ofOneAggregator(`${metric}{${TOTALS}}`, by);
}

/** Several aggregators tell the same, so that one of them is taken. */
function ofOneAggregator(expr: string, by: string): string {
  return by ? `max by (${by}) (sum by (instance, ${by}) (${expr}))` : `max(sum by (instance) (${expr}))`;
}

/** How often a second a counter grows, over pods. @param by labels that are told apart */
export function podRate(counter: string, by = "instance", matchers = ""): string {
  return sumBy(by, `rate(${counter}{${PODS}${matchers}}[$__rate_interval])`);
}

/** The median and the 99th percentile of a histogram, over pods. @param by labels that are told apart */
export function quantiles(histogram: string, by = "", matchers = ""): Line[] {
  const labels = by ? `le, ${by}` : "le";
  const legend = by ? ` {{${by}}}` : "";
  const rate = sumBy(labels, `rate(${histogram}_bucket{${PODS}${matchers}}[$__rate_interval])`);
  return [
    [`histogram_quantile(0.5, ${rate})`, `median${legend}`],
    [`histogram_quantile(0.99, ${rate})`, `99th percentile${legend}`],
  ];
}

function sumBy(by: string, expr: string): string {
  return by ? `sum by (${by}) (${expr})` : `sum(${expr})`;
}
