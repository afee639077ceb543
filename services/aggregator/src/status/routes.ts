// The status page, and the events that keep it up to date.
import { readFileSync } from "node:fs";
import { defineRoute, type Route } from "@jongleur/runtime";
import { z } from "zod";
import type { EventStreams } from "./event-streams.ts";

export interface StatusRouteParts {
  readonly streams: EventStreams;
  /** What there is to be shown just now, as JSON of one line. */
  readonly shown: () => string;
}

const PAGE_HEADERS = {
  "Cache-Control": "no-cache",
  // Nothing but its own files and events: less than the process allows elsewhere.
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join(";"),
};

/** A stream is of no use to whoever stores or collects it first. */
const STREAM_HEADERS = { "Cache-Control": "no-store", "X-Accel-Buffering": "no", Connection: "close" };

export function createStatusRoutes({ streams, shown }: StatusRouteParts): Route[] {
  return [
    fileRoute({ name: "showStatus", path: "/", file: "index.html", type: "text/html", is: "The status page" }),
    fileRoute({ name: "readScript", path: "/status.js", file: "status.js", type: "text/javascript", is: "Its script" }),
    fileRoute({ name: "readLines", path: "/lines.js", file: "lines.js", type: "text/javascript", is: "Its lines" }),
    fileRoute({ name: "readStyle", path: "/status.css", file: "status.css", type: "text/css", is: "Its style" }),
    defineRoute({
      name: "readEvents",
      method: "get",
      path: "/events",
      summary: "What the status page shows, as server-sent events: one at once, and one behind each round",
      access: "open",
      answers: {
        200: { description: "Server-sent events, JSON each", schema: z.string(), type: "text/event-stream" },
        503: { description: "As many look as may", schema: z.object({ status: z.literal("too many viewers") }) },
      },
      answer: () => {
        if (!streams.hasRoom) return { status: 503, body: { status: "too many viewers" } };
        return { status: 200, headers: STREAM_HEADERS, stream: (response) => streams.open(response, shown()) };
      },
    }),
  ];
}

interface PageFile {
  readonly name: string;
  readonly path: Route["path"];
  readonly file: string;
  readonly type: string;
  readonly is: string;
}

function fileRoute({ name, path, file, type, is }: PageFile): Route {
  const body = readFileSync(new URL(`page/${file}`, import.meta.url), "utf8");
  const utf8 = `${type}; charset=utf-8`;
  return defineRoute({
    name,
    method: "get",
    path,
    summary: is,
    access: "open",
    answers: { 200: { description: is, schema: z.string(), type: utf8 } },
    answer: () => ({ status: 200, body, headers: PAGE_HEADERS }),
  });
}
