// The last figures of all pods together, as the lines of the status page are drawn of them.

/** Null for what is not known. */
export type Figure = number | null;

export interface Figures {
  readonly connections: Figure;
  readonly rooms: Figure;
  readonly messagesPerSecond: Figure;
}

export class History {
  readonly #most: number;
  #all: readonly Figures[] = [];

  /** @param most so many are kept */
  constructor(most: number) {
    this.#most = most;
  }

  add(figures: Figures): void {
    this.#all = [...this.#all, figures].slice(-this.#most);
  }

  /** By name, the oldest first. */
  lines(): Readonly<Record<keyof Figures, readonly Figure[]>> {
    return {
      connections: this.#all.map(({ connections }) => connections),
      rooms: this.#all.map(({ rooms }) => rooms),
      messagesPerSecond: this.#all.map(({ messagesPerSecond }) => messagesPerSecond),
    };
  }
}
