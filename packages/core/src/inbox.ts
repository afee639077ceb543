// A session's messages are handled one after the other, in the order in which they came.

type Task = () => undefined | Promise<void>;

interface Waiting {
  readonly task: Task;
  readonly size: number;
}

/** What may wait. */
export interface InboxCapacity {
  readonly tasks: number;
  /** In whatever unit tasks are posted with. */
  readonly size: number;
}

/** Runs a task at once while nothing is under way, so that a relayed message costs no promise. */
export class Inbox {
  readonly #capacity: InboxCapacity;
  readonly #waiting: Waiting[] = [];
  #size = 0;
  #busy = false;
  #ended = false;

  /** @param capacity what is posted beyond is refused, but for a task that finds nothing waiting */
  constructor(capacity: InboxCapacity) {
    this.#capacity = capacity;
  }

  /** @returns false, and forgets the task, when too many are waiting already, or behind the end */
  post(task: Task, size = 0): boolean {
    const { length } = this.#waiting;
    const full = length >= this.#capacity.tasks || (length > 0 && this.#size + size > this.#capacity.size);
    if (this.#ended || full) return false;
    this.#waiting.push({ task, size });
    this.#size += size;
    this.#run();
    return true;
  }

  /** Whether a task takes time just now. */
  get busy(): boolean {
    return this.#busy;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Posts the last task, which is never refused: the session's end. @returns when it is done */
  end(task: () => Promise<void>): Promise<void> {
    this.#ended = true;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task: () => task().then(resolve, reject), size: 0 });
      this.#run();
    });
  }

  /** A task may itself lead to another, as when an answer that can't be taken ends the session: that one waits. */
  #run(): void {
    while (!this.#busy) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#size -= next.size;
      this.#busy = true;
      const pending = next.task();
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
