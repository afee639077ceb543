// A session's messages are handled one after the other, in the order in which they came.

type Task = () => undefined | Promise<void>;

/** Runs a task at once while nothing is under way, so that a relayed message costs no promise. */
export class Inbox {
  readonly #capacity: number;
  readonly #waiting: Task[] = [];
  #busy = false;
  #ended = false;

  /** @param capacity how many tasks may wait; what is posted beyond is refused */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** @returns false, and forgets the task, when too many are waiting already, or behind the end */
  post(task: Task): boolean {
    if (this.#ended || this.#waiting.length >= this.#capacity) return false;
    this.#waiting.push(task);
    this.#run();
    return true;
  }

  /** Posts the last task, which is never refused: the session's end. @returns when it is done */
  end(task: () => Promise<void>): Promise<void> {
    this.#ended = true;
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => task().then(resolve, reject));
      this.#run();
    });
  }

  /** A task may itself lead to another, as when an answer that can't be taken ends the session: that one waits. */
  #run(): void {
    while (!this.#busy) {
      const task = this.#waiting.shift();
      if (!task) return;
      this.#busy = true;
      const pending = task();
      if (!pending) {
        this.#busy = false;
        continue;
      }
      // A task that fails is a defect: its rejection stays unhandled, on purpose.
      void pending.finally(() => {
        this.#busy = false;
        this.#run();
      });
    }
  }
}
