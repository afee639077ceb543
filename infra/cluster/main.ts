// A whole cluster on this machine: Redis, pods, the balancer and the aggregator, started in order and stopped in reverse.
import { randomBytes } from "node:crypto";
import { configSources, endOnSignals, Lifecycle, openLog, type Sources } from "@jongleur/runtime";
import { leaveSecret, leaveToken } from "@jongleur/signaling/dev-token";
import { readSignalingConfig, type SignalingConfig } from "@jongleur/signaling/settings";
import { provideRedis } from "../../test/provision/redis.ts";
import { startAggregator } from "./aggregator.ts";
import { startBalancer } from "./balancer.ts";
import { chooseOptions, type Options, USAGE } from "./options.ts";
import { Output } from "./output.ts";
import { startPod } from "./pods.ts";
import { type Ports, planPorts, portFaults } from "./ports.ts";
import { printWelcome } from "./welcome.ts";

/** More than a pod takes for its own end. */
const FAREWELL_MS = 5000;

await main();

async function main(): Promise<void> {
  const choice = chooseOptions(process.argv.slice(2));
  if (choice.outcome === "help") return void process.stdout.write(USAGE);
  if (choice.outcome === "misused") return giveUp(2, `${choice.fault}\n\n${USAGE}`);
  try {
    await run(choice.options);
  } catch (error) {
    giveUp(1, `The cluster can't start:\n${(error as Error).message.replaceAll(/^/gm, "  ")}\n`);
  }
}

async function run(options: Options): Promise<void> {
  const sources = configSources();
  const config = readSettings(sources);
  const ports = await findPorts(options, config);
  const { logger } = await openLog({ level: "warn", name: "cluster" });
  const lifecycle = new Lifecycle(logger, config.shutdownTimeoutSeconds * 1000 + FAREWELL_MS);
  endOnSignals(lifecycle, logger);
  const appToken = config.appToken ?? randomBytes(16).toString("hex");
  const made = config.appToken === undefined;
  const jwtSecret = secretFor(config);
  try {
    const parts = await startParts({ ports, config, appToken, jwtSecret, environment: sources[0] ?? {}, lifecycle });
    if (made) lifecycle.started("token", leaveToken(ports.wsPort, appToken));
    if (jwtSecret !== config.jwtSecret) lifecycle.started("secret", leaveSecret(ports.wsPort, jwtSecret ?? ""));
    const tokenNeeded = jwtSecret === config.jwtSecret && config.jwtRequired;
    printWelcome({ ...parts, ports, appToken, made, tokenNeeded });
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

/** Pods can't each make their own. @returns undefined where tokens are signed with other keys */
function secretFor({ jwtSecret, jwtSecretFile, jwksUrl, jwksFile }: SignalingConfig): string | undefined {
  return jwtSecret ?? (jwtSecretFile || jwksUrl || jwksFile ? undefined : randomBytes(32).toString("hex"));
}

function readSettings(sources: Sources): SignalingConfig {
  const read = readSignalingConfig(sources);
  if ("faults" in read) throw new Error(read.faults.join("\n"));
  return read.config;
}

async function findPorts(options: Options, { msePort }: SignalingConfig): Promise<Ports> {
  const ports = planPorts(options, msePort);
  const faults = await portFaults(ports);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return ports;
}

interface Plan {
  readonly ports: Ports;
  readonly config: SignalingConfig;
  readonly appToken: string;
  readonly jwtSecret: string | undefined;
  readonly environment: Sources[number];
  readonly lifecycle: Lifecycle;
}

/** The balancer before the pods, so that it outlives them: through it their clients hear that they leave. */
async function startParts({ ports, config, appToken, jwtSecret, environment, lifecycle }: Plan) {
  const redis = await provideRedis(config.redisUrl || undefined);
  lifecycle.started("redis", redis.stop);
  const output = new Output();
  const balancer = await startBalancer(ports, (line) => output.tell("balancer", line));
  lifecycle.started("balancer", balancer.stop);
  const madeSecret = jwtSecret !== config.jwtSecret;
  const podParts = { environment, appToken, jwtSecret, madeSecret, redisUrl: redis.url, onLine: output.tell };
  const pods = ports.pods.map((pod) => startPod(pod, podParts));
  lifecycle.started("pods", async () => void (await Promise.all(pods.map((pod) => pod.stop()))));
  await Promise.all(pods.map((pod) => pod.ready()));
  await balancer.seesAllPods();
  const tell = (line: string) => output.tell("aggregator", line);
  const aggregator = startAggregator(ports.aggregatorPort, redis.url, environment, tell);
  lifecycle.started("aggregator", aggregator.stop);
  await aggregator.ready();
  output.open([balancer, aggregator, ...pods]);
  lifecycle.started("output", output.close);
  return { pods, redis: redis.sentence };
}

function giveUp(code: number, why: string): void {
  process.stderr.write(why);
  process.exit(code);
}
