// Dashboards, rules, their tests and runbooks fit together, and promtool finds no fault in them.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { dashboardFiles } from "../../../infra/grafana/dashboards.ts";
import { committedDashboards } from "../../helpers/dashboards.ts";
import { notePrograms } from "../../helpers/programs.ts";
import { findPrometheus } from "../../provision/local-prometheus.ts";
import type { FoundProgram } from "../../provision/program.ts";

const FOLDER = "infra/prometheus";
const RULES = ["recording.yml", "alerts.yml"].map((name) => `${FOLDER}/rules/${name}`);
const TESTS = `${FOLDER}/tests/alerts.yml`;
const RUNBOOKS = "docs/runbooks";

// Where Prometheus has to be unpacked, that comes first.
vi.setConfig({ hookTimeout: 300_000 });

let promtool: FoundProgram;
let folder: string;
beforeAll(async () => {
  promtool = await findPrometheus("promtool");
  folder = mkdtempSync(join(tmpdir(), "jongleur-rules-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
notePrograms(() => [promtool]);

/** @throws with what it complains of */
const check = async (...args: string[]) => {
  const { stdout } = await promisify(execFile)(promtool.path, args, { env: { ...process.env, ...promtool.env } });
  return stdout;
};
const textOf = (path: string) => readFileSync(path, "utf8");
const all = (text: string, pattern: RegExp) => Array.from(text.matchAll(pattern), ([, found]) => found ?? "");
const alerts = () => all(textOf(RULES[1]!), /- alert: (\w+)/g);
const unique = (names: readonly string[]) => [...new Set(names)].sort();

test("the committed dashboards are what `npm run dashboards` writes", () => {
  expect([...committedDashboards()]).toEqual([...dashboardFiles()].sort());
});

test.each(["prometheus.yml", "prometheus-dns.yml"])("%s and its rules are good", async (name) => {
  expect(await check("check", "config", `${FOLDER}/${name}`)).toContain("SUCCESS: 2 rule files found");
});

test("that for Kubernetes is good, but for its discovery, which Debian's Prometheus is built without", async () => {
  const text = textOf(`${FOLDER}/prometheus-kubernetes.yml`);
  const discovery = "kubernetes_sd_configs:\n      - role: pod\n";
  expect(text.split(discovery)).toHaveLength(3);
  const file = join(folder, "prometheus-kubernetes.yml");
  const without = text.replaceAll(discovery, "static_configs: []\n");
  writeFileSync(file, without.replace("rules/*.yml", join(process.cwd(), FOLDER, "rules/*.yml")));
  expect(await check("check", "config", file)).toContain("SUCCESS: 2 rule files found");
});

test("promtool has no fault to find in the rules", async () => {
  expect(await check("check", "rules", "--lint=all", "--lint-fatal", ...RULES)).not.toContain("FAILED");
});

test("each alert fires when it should, and is silent when it should be", async () => {
  expect(await check("test", "rules", TESTS)).toContain("SUCCESS");
});

test("of each alert both is tried", () => {
  const tried = textOf(TESTS);
  expect(unique(all(tried, /eval_time: .+\n +alertname: (\w+)\n +exp_alerts:\n +- exp_labels/g))).toEqual(
    unique(alerts()),
  );
  expect(unique(all(tried, /# (\w+) is silent: /g))).toEqual(unique(alerts()));
});

test("each alert has a runbook that names it, and each runbook an alert", () => {
  const books = readdirSync(RUNBOOKS).map((name) => `${RUNBOOKS}/${name}`);
  const parts = textOf(RULES[1]!).split("- alert: ").slice(1);
  const wanted = parts.map((part) => [all(part, /^(\w+)/g)[0], all(part, /runbook_url: (\S+)/g)[0]] as const);
  expect(unique(wanted.map(([, book]) => book ?? "no runbook"))).toEqual(unique(books));
  for (const [alert, book] of wanted) expect(textOf(book!), book).toContain(`\`${alert}\``);
  for (const book of books) {
    const named = all(textOf(book), /`(Jongleur\w+)`/g);
    expect(named.filter((name) => !alerts().includes(name))).toEqual([]);
    for (const part of ["## What it means", "## What to look at", "## What to do"]) {
      expect(textOf(book), book).toContain(part);
    }
  }
});
