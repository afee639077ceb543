// HTTP as no fetch would send it: any header, any method, from any address of the machine.
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { networkInterfaces } from "node:os";

interface HttpOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** From which address of this machine. */
  readonly localAddress?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body's JSON, undefined if it is none. */
  readonly body: unknown;
}

/** @param path taken as it is: no `..` is resolved */
export async function ask(origin: string, path: string, options: HttpOptions = {}): Promise<HttpAnswer> {
  const { body, ...rest } = options;
  const { hostname, port } = new URL(origin);
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const outgoing = request(
    { host: hostname.replace(/^\[|\]$/g, ""), port, path, agent: false, ...rest },
    (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: readJson(text) });
      });
    },
  );
  outgoing.on("error", reject);
  outgoing.end(body);
  return promise;
}

export const JSON_HEADERS = { "Content-Type": "application/json" };

export function bearer(token: string): OutgoingHttpHeaders {
  return { Authorization: `Bearer ${token}` };
}

const LOOPBACK = /^(127\.|::1$)/;

/** The same port by an address of this machine that is not loopback. @throws where the machine has none: there is nothing to test then */
export function fromOutside(origin: string): string {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((found) => found && !LOOPBACK.test(found.address) && !found.scopeid);
  if (!outside)
    throw new Error(
      "this machine has no address but loopback's: give it one, as by `ip address add 192.0.2.2/32 dev lo`",
    );
  const host = outside.family === "IPv6" ? `[${outside.address}]` : outside.address;
  return `http://${host}:${new URL(origin).port}`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
