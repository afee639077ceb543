// Which web pages may connect: the origins that `corsPolicyOrigin` lists, and the page that a request comes from.
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

export type Origins = "any" | OriginList;

interface OriginList {
  /** As browsers write them. */
  readonly exact: ReadonlySet<string>;
  /** Each matches the hosts below its own, at any depth. */
  readonly below: readonly { readonly start: string; readonly end: string }[];
}

/** No page may come. */
export const NO_ORIGINS: Origins = { exact: new Set(), below: [] };

/** A scheme, a host and perhaps a port, and nothing else, in the characters that browsers write. */
const FORM = /^([a-z][a-z0-9+.-]*):\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/;
/** The same as people may write it. */
const LOOSE_FORM = /^https?:\/\/[^\s/?#@\\%*]+$/;
const ANY_HOST_BELOW = /^([a-z][a-z0-9+.-]*:\/\/)\*\./;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: "80", https: "443" };

/** What pages without an origin of their own send: those of files, and of frames in a sandbox. */
const OPAQUE = "null";

/** @param list origins, separated by commas @returns undefined if one can't be read */
export function readOrigins(list: string): Origins | undefined {
  if (list === "" || list === "*") return "any";
  const exact = new Set<string>();
  const below: OriginList["below"][number][] = [];
  for (const text of list.split(",").map((part) => part.trim())) {
    const wild = ANY_HOST_BELOW.test(text);
    const origin = written(wild ? text.replace(ANY_HOST_BELOW, "$1") : text);
    if (origin === undefined || (wild && isAddress(origin))) return undefined;
    if (wild) below.push(splitAtHost(origin));
    else exact.add(origin);
  }
  return { exact, below };
}

/** Whether a page of that origin may connect. What comes without an origin is no page. */
export function mayCome(origins: Origins, origin: string | undefined): boolean {
  if (origins === "any" || origin === undefined || origins.exact.has(origin)) return true;
  const known = canonical(origin);
  if (known === undefined) return false;
  return origins.exact.has(known) || origins.below.some(({ start, end }) => isBelow(known, start, end));
}

/** Browsers before RFC 6455 wrote it under another name, and ws still takes their handshakes. */
export function originOf({ headers }: IncomingMessage): string | undefined {
  return headers.origin ?? [headers["sec-websocket-origin"]].flat()[0];
}

/** The origin of a setting. */
function written(text: string): string | undefined {
  if (text === OPAQUE) return text;
  const lower = text.toLowerCase();
  // Names in other scripts, and addresses in other forms, as browsers write them.
  return canonical(LOOSE_FORM.test(lower) && URL.canParse(lower) ? new URL(lower).origin : lower);
}

/** @returns the origin without the default port of its scheme, undefined if it is none */
function canonical(origin: string): string | undefined {
  const [, scheme = "", host, port] = FORM.exec(origin) ?? [];
  if (host === undefined || Number(port ?? 0) > 65_535) return undefined;
  return port === undefined || port === DEFAULT_PORTS[scheme] ? `${scheme}://${host}` : origin;
}

function isAddress(origin: string): boolean {
  const host = FORM.exec(origin)?.[2] ?? "";
  return host.startsWith("[") || isIP(host) !== 0;
}

/** `https://example.com:1` into `https://` and `.example.com:1`. */
function splitAtHost(origin: string): OriginList["below"][number] {
  const [start = "", end = ""] = origin.split(/(?<=:\/\/)/);
  return { start, end: `.${end}` };
}

/** At least one character stands for `*`. */
function isBelow(origin: string, start: string, end: string): boolean {
  return origin.startsWith(start) && origin.endsWith(end) && origin.length > start.length + end.length;
}
