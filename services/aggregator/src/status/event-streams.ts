// Streams of server-sent events to whoever looks: a limited number of them, none of which may hold up memory.
import type { ServerResponse } from "node:http";

export interface EventStreamsSettings {
  /** At the same time. */
  readonly most: number;
  /** After so many events in a row that a viewer has not taken it is dropped. */
  readonly patience: number;
  /** After so long without an event a comment is sent, in ms, so that nobody on the way takes the stream for dead. */
  readonly beatMs: number;
}

/** What a browser waits before it tries anew. */
const RETRY_MS = 2000;

export class EventStreams {
  readonly #settings: EventStreamsSettings;
  /** How many events each has missed in a row. */
  readonly #missed = new Map<ServerResponse, number>();
  readonly #beating: NodeJS.Timeout;
  #closed = false;

  constructor(settings: EventStreamsSettings) {
    this.#settings = settings;
    this.#beating = setInterval(() => this.#write(":\n\n"), settings.beatMs);
  }

  get hasRoom(): boolean {
    return !this.#closed && this.#missed.size < this.#settings.most;
  }

  /** To be asked `hasRoom` first. @param response its headers say what it is. @param data of the first event, a line */
  open(response: ServerResponse, data: string): void {
    this.#missed.set(response, 0);
    response.once("close", () => this.#missed.delete(response));
    response.write(`retry: ${RETRY_MS}\n${eventOf(data)}`);
  }

  /** To all. @param data a line */
  send(data: string): void {
    this.#write(eventOf(data));
    this.#beating.refresh();
  }

  /** Ends all streams: they would keep the server from closing. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#beating);
    for (const response of this.#missed.keys()) {
      // Whoever does not read would not take the end either.
      if (response.writableLength > 0) response.destroy();
      else response.end();
    }
  }

  /** Nothing is kept for those that have not taken what came before: the next event tells all anew. */
  #write(text: string): void {
    for (const [response, missed] of this.#missed) {
      if (!response.writableNeedDrain) {
        this.#missed.set(response, 0);
        response.write(text);
      } else if (missed + 1 >= this.#settings.patience) response.destroy();
      else this.#missed.set(response, missed + 1);
    }
  }
}

function eventOf(data: string): string {
  return `data: ${data}\n\n`;
}
