// Questions to other pods that wait for their answers, each for a limited time.

interface Ask {
  readonly resolve: (answered: boolean) => void;
  readonly deadline: NodeJS.Timeout;
}

export class RedisBusAsks {
  readonly #patienceMs: number;
  readonly #asks = new Map<number, Ask>();
  #lastId = 0;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** @param put sends the question */
  open(put: (id: number) => void): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#lastId += 1;
    const id = this.#lastId;
    const deadline = setTimeout(() => this.end(id, false), this.#patienceMs);
    this.#asks.set(id, { resolve, deadline });
    put(id);
    return promise;
  }

  /** What has ended already stays as it is. */
  end(id: number, answered: boolean): void {
    const ask = this.#asks.get(id);
    this.#asks.delete(id);
    clearTimeout(ask?.deadline);
    ask?.resolve(answered);
  }

  endAll(): void {
    for (const id of this.#asks.keys()) this.end(id, false);
  }
}
