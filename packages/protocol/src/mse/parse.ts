// From a text frame to what a client asks for. Whether it may is not looked at: that depends on what it did before.
import { shapeOf } from "../json.ts";
import { isRelayedCommand, type MseCommand, readCommand } from "./commands.ts";
import { parseJson, readEnvelope } from "./envelope.ts";
import type { MseError } from "./errors.ts";
import type { MseId } from "./messages.ts";

/** Most requests in a batch; a longer one is refused as a whole, unread. */
export const MAX_MSE_BATCH = 50;

/** Levels of nesting that are accepted, counted from the request object. */
export interface MseLimits {
  readonly maxDepth: number;
}

/** What a text frame holds. There is always at least one call, to be handled in order. */
export interface MseIncoming {
  /** Answered by an array, even of one. */
  readonly batch: boolean;
  readonly calls: readonly MseCall[];
}

/** `id` is null in a notification, and with the two errors that find no request: parseError and invalidObject. */
export type MseCall = { readonly id: MseId | null } & ({ readonly command: MseCommand } | { readonly error: MseError });

export function parseMse(text: string, limits: MseLimits): MseIncoming {
  const value = parseJson(text);
  if (value === undefined) return { batch: false, calls: [{ id: null, error: { error: "parseError" } }] };
  if (!Array.isArray(value)) return { batch: false, calls: [parseCall(value, limits)] };
  if (value.length === 0 || value.length > MAX_MSE_BATCH) return { batch: false, calls: [NO_REQUEST] };
  return { batch: true, calls: value.map((element) => parseCall(element, limits)) };
}

const NO_REQUEST: MseCall = { id: null, error: { error: "invalidObject" } };

function parseCall(value: unknown, limits: MseLimits): MseCall {
  const envelope = readEnvelope(value);
  if (envelope === undefined) return NO_REQUEST;
  const { id } = envelope;
  const command = readCommand(envelope);
  if ("error" in command) return { id, error: command };
  return isTooDeep(command, limits) ? { id, error: { error: "invalidParams" } } : { id, command };
}

/** Only what is relayed is written out again and read by others; the rest may be as deep as it likes. */
function isTooDeep(command: MseCommand, { maxDepth }: MseLimits): boolean {
  return isRelayedCommand(command) && shapeOf(command.params, maxDepth - 1) === "tooDeep";
}
