// Calls with a bad value in each of their fields, and what PROTOCOL-MSE.md says is answered to each.
import { BAD_VALUES, LONG_VALUE } from "../hostile/bad-values.ts";

/** Of one who has its seat in a room with others. `relayed` if they hear it. */
export interface Expectation {
  /** An error's code, or a result; undefined for silence. */
  readonly answer: unknown;
  readonly id: unknown;
  readonly relayed: boolean;
}

const TEMPLATES: readonly Readonly<Record<string, unknown>>[] = [
  { id: "i", method: "ping", jsonrpc: "2.0" },
  { id: "i", method: "start", jsonrpc: "2.0" },
  { id: null, method: "sdpOffer", jsonrpc: "2.0", params: { offer: "o" } },
  { id: "i", method: "sdpAnswer", jsonrpc: "2.0", params: { answer: "a" } },
  { id: "i", method: "iceCandidate", jsonrpc: "2.0", params: { candidate: "c" } },
  { id: "i", method: "chat", jsonrpc: "2.0", params: { to: [], message: "m", attachment: "object" } },
];

const SIGNALS: Readonly<Record<string, string>> = { sdpOffer: "offer", sdpAnswer: "answer", iceCandidate: "candidate" };

/** Texts of calls, one for each template, field and value. */
export function hostileCalls(): string[] {
  return TEMPLATES.flatMap((template) => {
    const params = Object.keys((template.params ?? {}) as object);
    return [...Object.keys(template).map((field) => [field]), ...params.map((field) => ["params", field])].flatMap(
      (path) => [...BAD_VALUES, LONG_VALUE].map((value) => spoil(template, path, value)),
    );
  });
}

/** The value is put in as text: some can't be written as objects. */
function spoil(template: object, path: readonly string[], value: string): string {
  const copy = structuredClone(template) as Record<string, unknown>;
  const [field = "", inner] = path;
  if (inner === undefined) copy[field] = "SPOILED";
  else (copy[field] as Record<string, unknown>)[inner] = "SPOILED";
  return JSON.stringify(copy).replace('"SPOILED"', () => value);
}

export function expectationOf(text: string): Expectation {
  const { id = null, method, jsonrpc, params } = JSON.parse(text) as Record<string, unknown>;
  const isId = id === null || typeof id === "string" || Number.isFinite(id);
  if (!isId || jsonrpc !== "2.0" || typeof method !== "string") return { id: null, answer: -1001, relayed: false };
  const answered = (answer: unknown) => ({ id, answer: id === null ? undefined : answer, relayed: false });
  if (method === "ping") return answered("pong");
  if (method === "start") return answered("started");
  if (!Object.hasOwn(SIGNALS, method) && method !== "chat") return answered(-32_601);
  return areGood(method, params) ? { id, answer: undefined, relayed: true } : answered(-32_602);
}

function areGood(method: string, params: unknown): boolean {
  if (!isObject(params)) return false;
  if (method !== "chat") {
    const signal = params[SIGNALS[method] ?? ""];
    return typeof signal === "string" || isObject(signal);
  }
  const { to = [], message } = params;
  return typeof message === "string" && Array.isArray(to) && to.every((uid) => typeof uid === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
