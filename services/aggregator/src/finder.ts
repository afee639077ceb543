// Which pods there are: those that Redis knows, and those that are named by their addresses.
import type { ListedPod, RedisPodCards } from "@jongleur/core";
import type { Address, Addresses } from "./addresses.ts";

/** Somebody to be asked what it measures. */
export interface Target extends Address {
  /** What Redis knows of it; undefined if nothing. */
  readonly listed?: ListedPod;
}

export interface Found {
  readonly targets: readonly Target[];
  /** Pods that have a lease, and have not said where they are. */
  readonly hidden: readonly ListedPod[];
}

export class Finder {
  readonly #cards: RedisPodCards | undefined;
  readonly #addresses: Addresses;
  /** While Redis is away, pods are where they were. */
  #listed: readonly ListedPod[] = [];

  constructor(cards: RedisPodCards | undefined, addresses: Addresses) {
    this.#cards = cards;
    this.#addresses = addresses;
  }

  async find(): Promise<Found> {
    const [list, addresses] = await Promise.all([this.#cards?.list(), this.#addresses.resolve()]);
    if (list?.outcome === "listed") this.#listed = list.pods;
    const known = this.#listed.flatMap((listed) => (listed.card ? [{ url: listed.card.url, listed }] : []));
    const urls = new Set(known.map(({ url }) => url));
    const others = addresses.filter(({ url }) => !urls.has(url));
    const hidden = this.#listed.filter(({ card, lease }) => !card && lease > 0);
    return { targets: [...known, ...others], hidden };
  }
}
