// Tells whether a text, or an object read from one, holds a certain message.
import { parseJson } from "./envelope.ts";

/** Narrows an object; of a text it only says what is in it. */
export interface MessageGuard<Message extends object> {
  (message: object): message is Message;
  (message: unknown): boolean;
}

/** @param holds looks at a decoded value of any kind */
export function guardOf<Message extends object>(holds: (value: unknown) => boolean): MessageGuard<Message> {
  function guard(message: object): message is Message;
  function guard(message: unknown): boolean;
  function guard(message: unknown): boolean {
    return holds(typeof message === "string" ? parseJson(message) : message);
  }
  return guard;
}
