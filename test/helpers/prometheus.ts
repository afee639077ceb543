// What a Prometheus answers, and what its expressions name.

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Of a file of rules, as Prometheus has read it. */
export interface Rule {
  readonly name: string;
  readonly query: string;
  readonly type: "recording" | "alerting";
  /** `ok`, once it has been evaluated without fault. */
  readonly health: string;
  readonly lastError?: string;
  /** Of alerts. */
  readonly state?: "inactive" | "pending" | "firing";
  readonly annotations?: Readonly<Record<string, string>>;
}

/** @throws what Prometheus says of an expression that it can't read */
export async function queryPrometheus(url: string, expr: string): Promise<readonly Series[]> {
  type Vector = readonly { metric: Series["metric"]; value: [number, string] }[];
  const answer = await ask<{ resultType: string; result: Vector | [number, string] }>(
    `${url}/api/v1/query?query=${encodeURIComponent(expr)}`,
  );
  if (answer.resultType !== "vector") throw new Error(`${expr} is no vector but a ${answer.resultType}`);
  return (answer.result as Vector).map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

export async function rulesOf(url: string): Promise<readonly Rule[]> {
  const { groups } = await ask<{ groups: { rules: Rule[] }[] }>(`${url}/api/v1/rules`);
  return groups.flatMap(({ rules }) => rules);
}

async function ask<Data>(url: string): Promise<Data> {
  const response = await fetch(url);
  const { data, error } = (await response.json()) as { data: Data; error?: string };
  if (error !== undefined) throw new Error(`${decodeURIComponent(url)}: ${error}`);
  return data;
}

const KEYWORDS = new Set([
  "by",
  "without",
  "on",
  "ignoring",
  "group_left",
  "group_right",
  "and",
  "or",
  "unless",
  "bool",
]);

/** The metrics that an expression asks for, without the parts of a histogram, in the order in which they stand there. */
export function metricsIn(expr: string): readonly string[] {
  const bare = expr
    .replaceAll(/"[^"]*"|\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, " ");
  const words = bare.matchAll(/[a-z_:][\w:]*\b(?!\s*\()/gi);
  const names = Array.from(words, ([word]) => word).filter((word) => !KEYWORDS.has(word));
  return names.map((name) => name.replace(/_seconds_(bucket|sum|count)$/, "_seconds"));
}
