// Logs: JSON lines on standard output, and in a rotating file if one is asked for.
import { once } from "node:events";
import { type Logger, type MultiStreamRes, multistream, pino } from "pino";
import openRollingFile from "pino-roll";
import type { SonicBoom } from "sonic-boom";

export type { Logger };

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogSettings {
  /** Of standard output; the file's is debug, always. */
  readonly level: LogLevel;
  /** Name of the process in each line. */
  readonly name: string;
  readonly file?: {
    readonly path: string;
    /** Milliseconds until the next file is begun. */
    readonly period: number;
    /** How many old files are kept beside the current one. */
    readonly keep: number;
  };
}

export interface Log {
  readonly logger: Logger;
  readonly level: LogLevel;
  /** Changes the level of standard output at once. */
  setLevel(level: LogLevel): void;
  /** Writes out what is buffered. */
  close(): Promise<void>;
}

/**
 * Nothing that clients say is logged, only ids, actions and codes. These paths are the second line of
 * defence, should a message get into a line all the same.
 */
const PRIVATE_FIELDS = [
  "appToken",
  "token",
  "auth",
  "description",
  "content",
  "sdp",
  "candidate",
  "offer",
  "answer",
  "dn",
];
const REDACTED = PRIVATE_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`, `*.*.*.${field}`]);

export async function openLog({ level, name, file }: LogSettings): Promise<Log> {
  const streams = multistream([]);
  const logger = pino({ name, level: "trace", redact: REDACTED }, streams);
  const rolling = file && (await openFile(file));
  rolling?.on("error", (error) => logger.error({ error: error.message }, "can't write to the log file"));
  let current = level;
  const aim = () => aimStreams(logger, streams, rolling, current);
  aim();
  return {
    logger,
    get level() {
      return current;
    },
    setLevel(next) {
      current = next;
      aim();
    },
    close: () => closeFile(rolling),
  };
}

/** pino's multistream keeps its streams sorted by level, so a changed level means to add them anew. */
function aimStreams(logger: Logger, streams: MultiStreamRes, rolling: SonicBoom | undefined, level: LogLevel): void {
  streams.streams.length = 0;
  streams.add({ level, stream: process.stdout });
  if (rolling) streams.add({ level: "debug", stream: rolling });
  logger.level = rolling && level !== "trace" ? "debug" : level;
}

/** Some files that can't be written to, as in /proc, neither open nor fail. */
const OPEN_DEADLINE_MS = 5000;

/** Rejects if the file can't be written to. */
async function openFile({ path, period, keep }: NonNullable<LogSettings["file"]>): Promise<SonicBoom> {
  const stream = await openRollingFile({ file: path, frequency: period, limit: { count: keep }, mkdir: true });
  await once(stream, "ready", { signal: AbortSignal.timeout(OPEN_DEADLINE_MS) });
  return stream;
}

async function closeFile(rolling: SonicBoom | undefined): Promise<void> {
  if (!rolling) return;
  rolling.end();
  await once(rolling, "close");
}
