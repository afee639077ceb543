// Pairs of clients, spread over pods.
import { randomUUID } from "node:crypto";
import { Client } from "./client.ts";
import type { Plan } from "./plan.ts";

export type Couple = readonly [Client, Client];

/** Handshakes at the same time. */
const AT_ONCE = 20;

export type CouplesPlan = Pick<Plan, "urls" | "appToken" | "pairs" | "together">;

export function openCouples({ urls, appToken, pairs, together }: CouplesPlan): Promise<Couple[]> {
  return forEachOf(pairs, async (i) => {
    const open = (url: string) => Client.open(url, appToken, `user-${randomUUID()}`);
    const [one, other] = podsOf(i, urls, together);
    return [await open(one), await open(other)] as const;
  });
}

/** By turns each pod with each other. */
function podsOf(pair: number, urls: readonly string[], together: boolean): readonly [string, string] {
  const count = urls.length;
  const distance = together ? 0 : 1 + (Math.floor(pair / count) % Math.max(1, count - 1));
  const at = (i: number) => urls[i % count] ?? "";
  return [at(pair), at(pair + distance)];
}

/** Does something for 0 to `count - 1`, a few at a time. @returns what came of each */
export async function forEachOf<T>(count: number, work: (i: number) => Promise<T>, atOnce = AT_ONCE): Promise<T[]> {
  const results: T[] = [];
  const indices = Array.from({ length: count }).keys();
  const worker = async () => {
    for (const i of indices) results[i] = await work(i);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
