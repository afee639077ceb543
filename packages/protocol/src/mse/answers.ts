// Who is answered at all, and how the answers to a batch become one.
import type { MseError, MseErrorName } from "./errors.ts";
import type { MseId } from "./messages.ts";
import type { MseIncoming } from "./parse.ts";
import { ResponseFactory } from "./response-factory.ts";

/** Errors without a request to name: the only ones that are answered without an id. */
const UNREADABLE: ReadonlySet<MseErrorName> = new Set(["parseError", "invalidObject"]);

/** The answer to a request that succeeded; none to a notification. @param write such as `ResponseFactory.pong` */
export function answerResult(id: MseId | null, write: (id: MseId) => string): string | undefined {
  return id === null ? undefined : write(id);
}

/** The answer to what failed; none to a notification, unless it could not be read as one. */
export function answerError(id: MseId | null, error: MseError): string | undefined {
  if (id === null && !UNREADABLE.has(error.error)) return undefined;
  return ResponseFactory.error(id, error);
}

/**
 * The one text that answers a frame, undefined if nothing is to be sent.
 * @param answers to the calls of `incoming`, in their order; undefined where a call has none
 */
export function buildReply({ batch }: MseIncoming, answers: readonly (string | undefined)[]): string | undefined {
  const given = answers.filter((answer) => answer !== undefined);
  if (given.length === 0) return undefined;
  return batch ? `[${given.join(",")}]` : given[0];
}
