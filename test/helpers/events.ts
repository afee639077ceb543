// What the aggregator tells its status page, read off the wire.
import { get, type IncomingHttpHeaders } from "node:http";
import { onTestFinished } from "vitest";

export interface StatusTold {
  readonly ageMs: number;
  readonly waiting?: string;
  readonly missing: readonly string[];
  readonly figures: Readonly<Record<"connections" | "rooms" | "messagesPerSecond", number | null>>;
  readonly pods: readonly {
    readonly pod: string | null;
    readonly state: string;
    readonly connections: number | null;
    readonly messagesPerSecond: number | null;
  }[];
  readonly happenings: readonly { readonly kind: string; readonly pod?: string; readonly agoMs: number }[];
}

export interface Viewing {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All that was told so far. */
  readonly told: readonly StatusTold[];
  /** Undefined while it goes on. */
  readonly end: () => "ended" | "cut" | undefined;
}

/** Looks until the test ends. */
export async function viewEvents(url: string): Promise<Viewing> {
  const { promise, resolve, reject } = Promise.withResolvers<Viewing>();
  const told: StatusTold[] = [];
  let rest = "";
  let end: "ended" | "cut" | undefined;
  const request = get(`${url}/events`, { agent: false }, (response) => {
    response.setEncoding("utf8").on("data", (text: string) => {
      const events = (rest + text).split("\n\n");
      rest = events.pop() ?? "";
      const lines = events.flatMap((event) => event.split("\n")).filter((line) => line.startsWith("data: "));
      told.push(...lines.map((line) => JSON.parse(line.slice(6)) as StatusTold));
    });
    response.on("end", () => {
      end = "ended";
    });
    response.on("error", () => {
      end = "cut";
    });
    resolve({ status: response.statusCode ?? 0, headers: response.headers, told, end: () => end });
  });
  request.on("error", reject);
  onTestFinished(() => void request.destroy());
  return promise;
}
