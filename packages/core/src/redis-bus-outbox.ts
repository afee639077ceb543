// What waits for one other pod, and the batches that are on their way to it.
import { batchHead, type Item, isControl, writeBatch } from "./redis-bus-batch.ts";
import type { BusTally } from "./redis-bus-tally.ts";

export interface OutboxParts {
  /** The sending pod. */
  readonly from: string;
  /** Whether batches can leave just now. */
  readonly isOpen: () => boolean;
  /** @returns false if nobody listens there */
  readonly publish: (pod: string, batch: Buffer) => Promise<boolean>;
  /** While so many batches are unanswered the next one waits, and grows: the slower Redis is, the fewer they are. */
  readonly maxUnderWay: number;
  /** For each item of a batch that has not arrived, or perhaps not. */
  readonly onLost: (pod: string, item: Item) => void;
  readonly tally: BusTally;
}

/** In characters. */
const MAX_BATCH = 256 * 1024;
const MAX_WAITING = 4 * 1024 * 1024;

export class RedisBusOutbox {
  readonly #pod: string;
  readonly #parts: OutboxParts;
  readonly #head: string;
  readonly #underWay = new Set<Promise<void>>();
  #seq = 0;
  #items: Item[] = [];
  /** Each item as JSON. */
  #texts: string[] = [];
  #length = 0;
  #used = true;

  constructor(pod: string, link: string, parts: OutboxParts) {
    this.#pod = pod;
    this.#parts = parts;
    this.#head = batchHead(parts.from, link);
  }

  /** Characters that wait. */
  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= MAX_WAITING;
  }

  put(item: Item, text: string): void {
    this.#items.push(item);
    this.#texts.push(text);
    this.#length += text.length;
    this.#used = true;
  }

  /** Sends what waits, as far as the answers to earlier batches allow. */
  flush(): void {
    while (this.#items.length > 0 && this.#underWay.size < this.#parts.maxUnderWay) {
      if (this.#parts.isOpen()) this.#sendNext();
      else this.#lose(this.#take(this.#items.length).items);
    }
  }

  /** @returns when nothing waits and nothing is under way any more */
  async drain(): Promise<void> {
    this.flush();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Called at regular intervals. @returns false if it has not been used since the last time */
  sweep(): boolean {
    const used = this.#used || this.#items.length > 0 || this.#underWay.size > 0;
    this.#used = false;
    return used;
  }

  #sendNext(): void {
    const { publish, tally } = this.#parts;
    const { items, texts } = this.#take(this.#fitting());
    this.#seq += 1;
    tally.batchesSent += 1;
    for (const item of items) if (!isControl(item)) tally.parcelsSent += 1;
    const answered: Promise<void> = publish(this.#pod, writeBatch(this.#head, this.#seq, texts)).then(
      (arrived) => this.#settle(answered, items, arrived),
      () => this.#settle(answered, items, false),
    );
    this.#underWay.add(answered);
  }

  #settle(answered: Promise<void>, items: readonly Item[], arrived: boolean): void {
    this.#underWay.delete(answered);
    if (!arrived) this.#lose(items);
    this.flush();
  }

  #lose(items: readonly Item[]): void {
    for (const item of items) this.#parts.onLost(this.#pod, item);
  }

  /** How many of the items that wait make the next batch: one at least, however long it is. */
  #fitting(): number {
    if (this.#length <= MAX_BATCH) return this.#items.length;
    let [count, length] = [0, 0];
    for (const text of this.#texts) {
      length += text.length;
      if (length > MAX_BATCH) break;
      count += 1;
    }
    return Math.max(1, count);
  }

  #take(count: number): { items: readonly Item[]; texts: readonly string[] } {
    const items = this.#items.splice(0, count);
    const texts = this.#texts.splice(0, count);
    for (const text of texts) this.#length -= text.length;
    return { items, texts };
  }
}
