// Asks one pod what it measures, and waits for a limited time.
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import type { Address } from "./addresses.ts";
import { type Answer, readAnswer } from "./answer.ts";

export type Scrape =
  | { readonly outcome: "answered"; readonly answer: Answer }
  /** It stands still, is busy, or can't be told from that. */
  | { readonly outcome: "late" }
  /** Nobody is there, or somebody else. */
  | { readonly outcome: "unreachable"; readonly reason: string };

export interface ScraperSettings {
  readonly timeoutMs: number;
  /** Certificates, as PEM, that pods' are checked against; undefined to believe any. */
  readonly ca: string | undefined;
  /** One of the pods' adminToken, for those that tell admins only what they measure; empty for none. */
  readonly token: string;
}

const PATH = "/metrics.json";
const HINT = ": aggregatorPodToken has to be one of the pod's adminToken";
const HINTS: Readonly<Record<number, string>> = { 401: HINT, 403: HINT };
const MOST_BYTES = 16_000_000;

export async function scrape({ url, name }: Address, settings: ScraperSettings): Promise<Scrape> {
  try {
    const answer = readAnswer(await get(`${url}${PATH}`, name, settings));
    return answer ? { outcome: "answered", answer } : { outcome: "unreachable", reason: "it is no pod's answer" };
  } catch (error) {
    const { name: kind, message } = error as Error;
    return kind === "TimeoutError" ? { outcome: "late" } : { outcome: "unreachable", reason: message };
  }
}

async function get(url: string, name: string | undefined, { timeoutMs, ca, token }: ScraperSettings): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signal = AbortSignal.timeout(timeoutMs);
  const secure = url.startsWith("https:");
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
  const tls = { ...trust, ...(name !== undefined && { servername: name }) };
  // A connection for each: one that is kept may be closed by the pod just when it is needed.
  const headers = token === "" ? {} : { Authorization: `Bearer ${token}` };
  const options = { agent: false, signal, headers, ...(secure && tls) } as const;
  const request = (secure ? secureRequest : plainRequest)(url, options, (response) => {
    const pieces: Buffer[] = [];
    let length = 0;
    response.on("data", (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
      if (length > MOST_BYTES) request.destroy(new Error(`it answers more than ${MOST_BYTES} bytes`));
    });
    response.on("error", reject);
    response.on("end", () => {
      if (response.statusCode === 200) resolve(Buffer.concat(pieces).toString());
      else reject(new Error(`it answers ${response.statusCode}${HINTS[response.statusCode ?? 0] ?? ""}`));
    });
  });
  request.on("error", reject);
  request.end();
  try {
    return await promise;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
