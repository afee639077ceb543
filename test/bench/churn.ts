// The scenario `churn`: two meet in a fresh room and leave it, again and again, over connections that stay open.
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type Client, messageOf } from "./client.ts";
import { type Couple, openCouples } from "./couples.ts";
import type { Faults, Load, Plan } from "./plan.ts";

const PATIENCE_MS = 3000;

interface Counts {
  running: boolean;
  cycles: number;
  lost: number;
  doubled: number;
  wrong: number;
}

export async function startChurn(plan: Plan): Promise<Load> {
  const couples = await openCouples(plan);
  const counts: Counts = { running: true, cycles: 0, lost: 0, doubled: 0, wrong: 0 };
  const done = Promise.all(couples.map((couple) => churn(couple, counts)));
  const stop = async (): Promise<Faults> => {
    counts.running = false;
    await done;
    const { lost, doubled, wrong } = counts;
    return { lost, doubled, wrong, reordered: 0 };
  };
  return { count: () => counts.cycles, stop };
}

async function churn([host, guest]: Couple, counts: Counts): Promise<void> {
  const news = new News(host, counts);
  while (counts.running) {
    await meet(host, guest, news).catch(() => {
      counts.wrong += 1;
    });
    counts.cycles += 1;
  }
}

async function meet(host: Client, guest: Client, news: News): Promise<void> {
  const rid = `room-${randomUUID()}`;
  await host.request("session-join", { rid });
  const joined = news.expect("joined", rid);
  await guest.request("session-join", { rid });
  await joined;
  const left = news.expect("left", rid);
  await guest.request("session-leave", { rid });
  await left;
  await host.request("session-leave", { rid });
}

/** What the host is told of the guest: each of it once. */
class News {
  readonly #counts: Counts;
  #expected: { readonly name: string; readonly resolve: () => void } | undefined;

  constructor(host: Client, counts: Counts) {
    this.#counts = counts;
    host.listen((frame) => this.#take(frame));
  }

  /** Waits until it has come, or counts it as lost. */
  async expect(event: string, rid: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const giveUp = new AbortController();
    this.#expected = { name: nameOf(event, rid), resolve };
    const late = wait(PATIENCE_MS, undefined, giveUp).then(
      () => this.#lose(),
      () => {},
    );
    await Promise.race([promise, late]);
    giveUp.abort();
  }

  #lose(): void {
    this.#counts.lost += 1;
    this.#expected = undefined;
  }

  #take(frame: string): void {
    const { action, event, description } = messageOf(frame).jsongle;
    const rid = (description as { readonly rid?: string } | undefined)?.rid ?? "";
    if (action !== "session-event") this.#counts.wrong += 1;
    else if (this.#expected?.name !== nameOf(String(event), rid)) this.#counts.doubled += 1;
    else this.#fulfil(this.#expected.resolve);
  }

  #fulfil(resolve: () => void): void {
    this.#expected = undefined;
    resolve();
  }
}

function nameOf(event: string, rid: string): string {
  return `${event} ${rid}`;
}
