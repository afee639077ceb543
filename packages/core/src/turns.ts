// One after the other: tasks of one key never overlap, tasks of different keys may.

type Task<T> = () => T | Promise<T>;

export class Turns {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Whether a task of the key is under way or waiting. */
  busy(key: string): boolean {
    return this.#tails.has(key);
  }

  /** @returns what the task returns, once all earlier tasks of the key have ended, however they ended */
  take<T>(key: string, task: Task<T>): Promise<T> {
    const turn = (this.#tails.get(key) ?? Promise.resolve()).then(task, task);
    this.#tails.set(key, turn);
    const end = () => {
      if (this.#tails.get(key) === turn) this.#tails.delete(key);
    };
    turn.then(end, end);
    return turn;
  }
}
