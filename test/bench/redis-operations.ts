// What Redis does for each thing that a session does, counted by Redis while two pods do it many times.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { eventually } from "../helpers/eventually.ts";
import { Client } from "./client.ts";
import { forEachOf } from "./couples.ts";
import { type Deployment, deploy } from "./deployment.ts";
import { startPairs } from "./pairs.ts";
import { type Amounts, between, per, RedisMeter } from "./redis-meter.ts";

export interface Operation {
  readonly name: string;
  /** For one. */
  readonly amounts: Amounts;
}

const PODS = 2;
const IDLE_MS = 10_000;
/** Two digests. */
const DIGESTS_MS = 20_000;
const DIGESTS = 2;
const MESSAGES_MS = 5000;
/** For what follows an answer, as the `left` that others are told. */
const REST_MS = 300;

/** Goes through a session's life with two pods, step by step. */
export async function countOperations(count: number, tell: (line: string) => void): Promise<Operation[]> {
  const deployment = await deploy({ pods: PODS, state: "sharded" });
  const stage = new Stage(deployment, count, tell);
  try {
    await stage.idle();
    await stage.life();
    await stage.messages();
    return stage.operations;
  } finally {
    stage.close();
    await deployment.stop();
  }
}

class Stage {
  readonly operations: Operation[] = [];
  readonly #deployment: Deployment;
  readonly #meter: RedisMeter;
  readonly #count: number;
  readonly #tell: (line: string) => void;
  readonly #rids: readonly string[];
  /** Of the pods without sessions, per second. */
  #idle: Amounts | undefined;

  constructor(deployment: Deployment, count: number, tell: (line: string) => void) {
    this.#deployment = deployment;
    this.#meter = new RedisMeter(deployment.redis?.url ?? "");
    this.#count = count;
    this.#tell = tell;
    this.#rids = Array.from({ length: count }, () => `room-${randomUUID()}`);
  }

  async idle(): Promise<void> {
    const { amounts, seconds } = await this.#during(() => wait(IDLE_MS));
    this.#idle = per(amounts, seconds);
    this.#note("a pod, each second", per(this.#idle, PODS));
  }

  async life(): Promise<void> {
    const hosts = await this.#openAt(0, "hello");
    const guests = await this.#openAt(1);
    const join = (all: readonly Client[]) => (i: number) => all[i]?.request("session-join", { rid: this.#rid(i) });
    const leave = (all: readonly Client[]) => (i: number) => all[i]?.request("session-leave", { rid: this.#rid(i) });
    const enter = (all: readonly Client[]) => (i: number) => all[i]?.request("muc-join", { rid: this.#rid(i) });
    await this.#repeat("join of an empty room", join(hosts));
    await this.#repeat("join of a room with a member at another pod", join(guests));
    await this.#digests();
    await this.#repeat("leave, a member at another pod stays", leave(guests));
    await this.#repeat("leave of the last", leave(hosts));
    await this.#repeat("join of an empty MUC", enter(hosts));
    await this.#repeat("join of a MUC with a member at another pod", enter(guests));
    await this.#repeat("leave of a MUC, a member at another pod stays", leave(guests));
    await this.#repeat("leave of a MUC, the last", leave(hosts));
    await this.#closeAll("disconnect, without seats", hosts);
    await this.#closeAll(undefined, guests);
  }

  async messages(): Promise<void> {
    const [here, there] = this.#deployment.pods.map(({ url }) => url) as [string, string];
    await this.#relay("message to the same pod", 10, [here]);
    await this.#relay("message to another pod, alone", 1, [here, there]);
    await this.#relay("message to another pod, of 100 pairs", 100, [here, there]);
  }

  close(): void {
    this.#meter.close();
  }

  #rid(i: number): string {
    return this.#rids[i] ?? "";
  }

  async #openAt(pod: number, name?: string): Promise<readonly Client[]> {
    const { pods, appToken } = this.#deployment;
    const clients: Client[] = [];
    const open = async (i: number) => {
      clients[i] = await Client.open(pods[pod]?.url ?? "", appToken, `user-${randomUUID()}`);
    };
    await this.#repeat(name, open);
    return clients;
  }

  /** A session that has ended leaves nothing behind: each was its user's only one. */
  async #closeAll(name: string | undefined, clients: readonly Client[]): Promise<void> {
    const { redis } = this.#meter;
    const left = (await redis.dbsize()) - clients.length;
    const close = async () => {
      for (const client of clients) client.close();
      await eventually(async () => {
        if ((await redis.dbsize()) > left) throw new Error("sessions that have ended are still online");
      });
      await wait(REST_MS);
    };
    const { amounts } = await this.#during(close);
    if (name !== undefined) this.#note(name, per(amounts, clients.length));
  }

  /** With a room for each host and guest. */
  async #digests(): Promise<void> {
    const { amounts } = await this.#during(() => wait(DIGESTS_MS));
    this.#note("a digest, each pod's, per shared room", per(amounts, DIGESTS * PODS * this.#count));
  }

  async #relay(name: string, pairs: number, urls: readonly string[]): Promise<void> {
    const { appToken } = this.#deployment;
    const load = await startPairs({ urls, appToken, pairs, together: false });
    await wait(REST_MS);
    let relayed = 0;
    const { amounts } = await this.#during(async () => {
      const before = load.count();
      await wait(MESSAGES_MS);
      relayed = load.count() - before;
    });
    this.#note(name, per(amounts, relayed));
    const { lost, doubled, reordered, wrong } = await load.stop();
    if (lost + doubled + reordered + wrong > 0) throw new Error(`of ${name} not all went well`);
  }

  async #repeat(name: string | undefined, work: (i: number) => Promise<unknown> | undefined): Promise<void> {
    const { amounts } = await this.#during(async () => {
      await forEachOf(this.#count, async (i) => void (await work(i)));
      await wait(REST_MS);
    });
    if (name !== undefined) this.#note(name, per(amounts, this.#count));
  }

  async #during(work: () => Promise<unknown>): Promise<{ readonly amounts: Amounts; readonly seconds: number }> {
    const before = await this.#meter.read();
    await work();
    const after = await this.#meter.read();
    return { amounts: between(before, after, this.#idle), seconds: (after.at - before.at) / 1000 };
  }

  #note(name: string, amounts: Amounts): void {
    this.operations.push({ name, amounts });
    this.#tell(`${name}: ${amounts.commands.toFixed(2)} commands`);
  }
}
