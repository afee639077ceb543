// What is over at a certain time, all after the same period: one look at the oldest instead of a timer for each.

export class Deadlines<Item> {
  readonly #periodMs: number;
  /** In the order in which they are due. */
  readonly #due = new Map<Item, number>();

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** @param now milliseconds of a clock that never goes back */
  add(item: Item, now: number): void {
    this.#due.delete(item);
    this.#due.set(item, now + this.#periodMs);
  }

  remove(item: Item): void {
    this.#due.delete(item);
  }

  /** Takes away those whose time is over. @param most so many at a time @returns them */
  over(now: number, most = Number.POSITIVE_INFINITY): Item[] {
    const over: Item[] = [];
    for (const [item, due] of this.#due) {
      if (due > now || over.length >= most) break;
      this.#due.delete(item);
      over.push(item);
    }
    return over;
  }
}
