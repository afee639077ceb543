// Many who join at the same moment, on several pods, and what came of it.
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Couriers } from "./couriers.ts";
import { connect, type Party } from "./party.ts";
import type { Pod } from "./pod.ts";
import { checkViews, seeEachOther } from "./view.ts";

/** Connects so many clients, taking turns over the pods; as many users, unless they are given. */
export function connectOver(pods: readonly Pod[], count: number, uidOf?: (i: number) => string): Promise<Party[]> {
  const connecting = Array.from({ length: count }, (_, i) => connect(pods[i % pods.length]!.url, uidOf?.(i)));
  return Promise.all(connecting);
}

/** "accepted", or the errorCode of the refusal. */
export const outcomeOf = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => "accepted",
    (error: { code: unknown }) => error.code,
  );

export interface Race {
  readonly kind: "room" | "muc";
  /** Of the room. */
  readonly limit: number;
}

/**
 * All join one new room at once: as many as it takes are seated, all others are told that it is full, and those
 * who are in know of each other, each told once. Then they leave again.
 * @returns how many were seated
 */
export async function race(all: readonly Party[], { kind, limit }: Race): Promise<number> {
  const rid = randomUUID();
  const outcomes = await Promise.all(
    all.map((party) => outcomeOf(kind === "muc" ? party.joinMuc(rid) : party.join(rid))),
  );
  const seated = all.filter((_, i) => outcomes[i] === "accepted");
  expect(seated, `seated in ${rid}`).toHaveLength(Math.min(limit, all.length));
  expect(outcomes.filter((outcome) => outcome === 403001)).toHaveLength(all.length - seated.length);
  await seeEachOther(rid, seated);
  await Promise.all(seated.map((party) => party.request("session-leave", { rid })));
  return seated.length;
}

/** After all races: nobody was told of anything twice, or of what was not so, also not belatedly. */
export async function checkAfterRaces(couriers: Couriers, all: readonly Party[]): Promise<void> {
  await couriers.arrive(all);
  for (const party of all) checkViews(party);
}
