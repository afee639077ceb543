// What is counted of MSE: plain numbers, read when metrics are scraped.
import { MSE_ERRORS, type MseErrorName, type MseMethod } from "@jongleur/protocol";

/** Of what could not be read as a request the method is not known. */
type Method = MseMethod | "unknown";
type Outcome = "ok" | MseErrorName;

export const MSE_METHODS = [
  "ping",
  "auth",
  "start",
  "whoami",
  "iceServers",
  "iceCandidate",
  "sdpOffer",
  "sdpAnswer",
  "disconnect",
  "chat",
  "unknown",
] as const satisfies readonly Method[];

export const MSE_OUTCOMES = [
  "ok",
  ...(Object.keys(MSE_ERRORS) as MseErrorName[]),
] as const satisfies readonly Outcome[];

export class MseTally {
  connections = 0;
  accepted = 0;
  authFailures = 0;
  readonly #requests = new Map<string, number>();

  countRequest(method: Method, outcome: Outcome): void {
    const key = `${method} ${outcome}`;
    this.#requests.set(key, this.requests(method, outcome) + 1);
  }

  requests(method: Method, outcome: Outcome): number {
    return this.#requests.get(`${method} ${outcome}`) ?? 0;
  }
}
