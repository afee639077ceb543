// Logs: JSON lines on standard output, and in a rotating file if one is asked for.
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { type Logger, type MultiStreamRes, multistream, pino, stdTimeFunctions } from "pino";
import { createStream, type RotatingFileStream } from "rotating-file-stream";

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
    /** Time until the file is put away and begun anew, as `30m`, `12h` or `1d`. */
    readonly period: string;
    /** How many old files are kept beside the current one. */
    readonly keep: number;
  };
}

export interface Log {
  readonly logger: Logger;
  readonly level: LogLevel;
  /** Changes the level of standard output at once. */
  setLevel(level: LogLevel): void;
  /** Writes out what is not yet in the file. */
  close(): Promise<void>;
}

const { isoTime } = stdTimeFunctions;

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

export async function openLog({ level, name, file: fileSettings }: LogSettings): Promise<Log> {
  const streams = multistream([]);
  const formatters = { level: (label: string) => ({ level: label }) };
  const logger = pino({ name, level: "trace", redact: REDACTED, formatters, timestamp: isoTime }, streams);
  let file = fileSettings && (await openFile(fileSettings));
  let current = level;
  const aim = () => aimStreams(logger, streams, file, current);
  aim();
  // Whoever read our lines has gone: nobody is left to be told, but the service goes on.
  process.stdout.on("error", () => {});
  file?.on("error", (error) => {
    file = undefined;
    aim();
    logger.error(
      { reason: error.message },
      "the log file can't be written to any more: from here on standard output only",
    );
  });
  return {
    logger,
    get level() {
      return current;
    },
    setLevel(next) {
      current = next;
      aim();
    },
    close: () => closeFile(file),
  };
}

/** pino's multistream keeps its streams sorted by level, so a changed level means to add them anew. */
function aimStreams(
  logger: Logger,
  streams: MultiStreamRes,
  file: RotatingFileStream | undefined,
  level: LogLevel,
): void {
  streams.streams.length = 0;
  streams.add({ level, stream: process.stdout });
  if (file) streams.add({ level: "debug", stream: file });
  logger.level = file && level !== "trace" ? "debug" : level;
}

/** Rejects if the file can't be written to. */
async function openFile({ path, period, keep }: NonNullable<LogSettings["file"]>): Promise<RotatingFileStream> {
  mkdirSync(dirname(path), { recursive: true });
  const stream = createStream(basename(path), { path: dirname(path), interval: period, maxFiles: keep });
  await once(stream, "open");
  return stream;
}

async function closeFile(file: RotatingFileStream | undefined): Promise<void> {
  if (!file) return;
  file.end();
  await once(file, "finish");
}
