// What of a numbered sequence has arrived: each exactly once and in order, or else.

export class Arrivals {
  #next = 1;
  /** Overtaken by others. */
  readonly #missing = new Set<number>();
  doubled = 0;
  reordered = 0;

  /** @param number from 1 on */
  take(number: number): void {
    if (number >= this.#next) {
      while (this.#next < number) this.#missing.add(this.#next++);
      this.#next += 1;
    } else if (this.#missing.delete(number)) {
      this.reordered += 1;
    } else {
      this.doubled += 1;
    }
  }

  /** @param sent how many there were */
  lost(sent: number): number {
    return sent - (this.#next - 1) + this.#missing.size;
  }
}
