// Measures the service: npm run bench.
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { measureIdle, reportIdle } from "./idle.ts";
import { measureLimits, reportLimits } from "./limits.ts";
import { chooseOptions, type Options, USAGE } from "./options.ts";
import { measureRedisCost, reportRedisCost } from "./redis-cost.ts";
import { isFaultless, reportCases } from "./report.ts";
import { measureInTurns, SCALING, trialOf } from "./scaling.ts";
import { isCheap, measureScrape, reportScrape } from "./scrape.ts";

const RUNS: Partial<Record<Options["command"], (options: Options) => Promise<void>>> = {
  "redis-cost": runRedisCost,
  limits: runLimits,
  idle: runIdle,
  scrape: runScrape,
};

await main();

async function main(): Promise<void> {
  const choice = chooseOptions(process.argv.slice(2));
  if (choice.outcome === "help") return void process.stdout.write(USAGE);
  if (choice.outcome === "misused") return giveUp(1, `${choice.fault}\n\n${USAGE}`);
  const { options } = choice;
  tell(machine());
  const run = RUNS[options.command] ?? runTrials;
  await run(options).catch((error: Error) => giveUp(1, `This could not be measured: ${error.message}.\n`));
}

async function runScrape({ pods, seconds, json }: Options): Promise<void> {
  const cost = await measureScrape({ pods: Math.max(1, pods), seconds }, tell);
  process.stdout.write(reportScrape(cost));
  save(json, cost);
  if (!isCheap(cost)) giveUp(2, "That is more than watching may cost.\n");
}

async function runTrials(options: Options): Promise<void> {
  const { command, json } = options;
  const trials = command === "scaling" ? SCALING : [trialOf(command === "churn" ? "churn" : "pairs", options)];
  const cases = await measureInTurns(trials, options, tell);
  process.stdout.write(reportCases(cases, command === "churn" ? "cycle" : "message"));
  save(json, cases);
  if (!isFaultless(cases)) giveUp(2, "Something was lost, doubled, reordered or wrong.\n");
}

async function runLimits(options: Options): Promise<void> {
  const cases = await measureLimits(options, tell);
  process.stdout.write(reportLimits(cases));
  save(options.json, cases);
  if (!isFaultless(cases)) giveUp(2, "Something was lost, doubled, reordered or wrong.\n");
}

async function runRedisCost({ count, json }: Options): Promise<void> {
  const cost = await measureRedisCost(count, tell);
  process.stdout.write(reportRedisCost(cost));
  save(json, cost);
}

async function runIdle(options: Options): Promise<void> {
  const costs = await measureIdle(options, tell);
  process.stdout.write(reportIdle(costs));
  save(options.json, costs);
}

function save(json: string | undefined, measured: object): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine: machine(), measured }, undefined, 2)}\n`);
}

/** Figures of a busy machine are worth less: the load is of the last minute, for as many cores. */
function machine(): string {
  return `${cpus().length} cores of ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(2)}`;
}

/** The tables alone are on standard output. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function giveUp(code: number, why: string): void {
  process.stderr.write(why);
  process.exitCode = code;
}
