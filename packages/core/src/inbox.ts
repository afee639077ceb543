// A session's messages are handled one after the other, in the order in which they came.

type Task = () => undefined | Promise<void>;

/** Runs a task at once while nothing is under way, so that a relayed message costs no promise. */
export class Inbox {
  readonly #capacity: number;
  readonly #waiting: Task[] = [];
  #busy = false;

  /** @param capacity how many tasks may wait; what is posted beyond is refused */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** @returns false, and forgets the task, when too many are waiting already */
  post(task: Task): boolean {
    if (this.#waiting.length >= this.#capacity) return false;
    this.#waiting.push(task);
    this.#run();
    return true;
  }

  /** Posts the task that must not be refused: the session's end. @returns when it is done */
  end(task: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => task().then(resolve, reject));
      this.#run();
    });
  }

  #run(): void {
    while (!this.#busy) {
      const task = this.#waiting.shift();
      if (!task) return;
      const pending = task();
      if (!pending) continue;
      this.#busy = true;
      // A task that fails is a defect: its rejection stays unhandled, on purpose.
      void pending.finally(() => {
        this.#busy = false;
        this.#run();
      });
    }
  }
}
