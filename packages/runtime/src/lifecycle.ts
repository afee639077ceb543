// A process starts part by part, and stops in reverse within a deadline.
import type { Logger } from "./logger.ts";

export type Stop = () => void | Promise<void>;

interface Part {
  readonly name: string;
  readonly stop: Stop;
}

export class Lifecycle {
  readonly #logger: Logger;
  readonly #deadline: number;
  readonly #parts: Part[] = [];
  #stopping: Promise<void> | undefined;

  /** @param deadline milliseconds that stopping may take in all */
  constructor(logger: Logger, deadline: number) {
    this.#logger = logger;
    this.#deadline = deadline;
  }

  /** Takes on a part that has started, to be stopped after all that start later; at once if all is stopping. */
  started(name: string, stop: Stop): void {
    this.#parts.push({ name, stop });
    this.#stopping = this.#stopping?.then(() => this.#stopAll());
  }

  /** Stops everything, once: repeated calls wait for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    const end = Date.now() + this.#deadline;
    for (const { name, stop } of this.#parts.splice(0).reverse()) {
      const result = await withDeadline(stop, end - Date.now());
      if (result !== "stopped") this.#logger.warn({ part: name, result }, "did not stop cleanly");
    }
  }
}

async function withDeadline(stop: Stop, milliseconds: number): Promise<"stopped" | "timed out" | Error> {
  const { promise, resolve } = Promise.withResolvers<"timed out">();
  const timer = setTimeout(() => resolve("timed out"), Math.max(0, milliseconds));
  try {
    return await Promise.race([Promise.resolve(stop()).then(() => "stopped" as const), promise]);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** A terminal and npm both pass Ctrl-C on: signals this close together (in milliseconds) are one. */
const SAME_SIGNAL = 100;

/**
 * Ends the process on SIGTERM or SIGINT: exit code 0 once all has stopped. A second signal forces the
 * end, with exit code 1.
 */
export function endOnSignals(lifecycle: Lifecycle, logger: Logger): void {
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (first !== undefined && Date.now() - first < SAME_SIGNAL) return;
    if (first !== undefined) {
      logger.warn({ signal }, "second signal: exiting at once");
      process.exit(1);
    }
    first = Date.now();
    logger.info({ signal }, "stopping");
    void lifecycle.stop().then(() => {
      logger.info("stopped");
      process.exit(0);
    });
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
