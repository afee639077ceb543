// What every JSON-RPC 2.0 request has, whatever its method.
import { isJsonObject, type Json } from "../json.ts";
import { JSONRPC, type MseId } from "./messages.ts";

/** A request, or a notification where `id` is null. */
export interface Envelope {
  readonly id: MseId | null;
  readonly method: string;
  readonly params: Json | undefined;
}

/** undefined for text that is no JSON: no JSON text means undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** undefined for what is no request object. */
export function readEnvelope(value: unknown): Envelope | undefined {
  if (!isJsonObject(value) || value.jsonrpc !== JSONRPC) return undefined;
  const { id = null, method, params } = value;
  if (typeof method !== "string" || !(id === null || isId(id))) return undefined;
  return { id, method, params };
}

/** Numbers too large for a double can't be repeated in an answer, and are no ids. */
export function isId(value: unknown): value is MseId {
  return typeof value === "string" || Number.isFinite(value);
}
