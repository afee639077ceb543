// The one table of what can go wrong in MSE: codes and messages as they are on the wire.
import type { MseErrorObject, MseMethod } from "./messages.ts";

interface ErrorForm {
  readonly code: number;
  readonly message: string;
  readonly meaning: string;
}

/** From -32099 to -32000 is what JSON-RPC leaves to servers: this service's additions to the MSE document. */
export const MSE_ERRORS = {
  parseError: { code: -32700, message: "Parse error", meaning: "the text is no JSON" },
  invalidObject: {
    code: -1001,
    message: "Invalid json rpc 2.0 object",
    meaning: "the JSON is no request, or no batch of 1 to 50 requests",
  },
  methodNotFound: { code: -32601, message: "Method not found", meaning: "there is no such method here" },
  invalidParams: {
    code: -32602,
    message: "Invalid params",
    meaning: "a parameter is missing, of the wrong type or nested too deep",
  },
  internalError: { code: -32603, message: "Internal error", meaning: "a defect of the server" },
  authorizationFailed: {
    code: -4001,
    message: "Authorization Failed",
    meaning: "the token is not accepted or expired",
  },
  unauthorizedAccess: { code: -5001, message: "Unauthorized Access", meaning: "auth has not succeeded yet" },
  invalidCallOrder: {
    code: -6001,
    message: "Invalid Call Order",
    meaning: "the method in data.required has to succeed before",
  },
  roomFull: { code: -32000, message: "Room Full", meaning: "the room of the token has no seat left" },
  unavailable: {
    code: -32001,
    message: "Temporarily Unavailable",
    meaning: "worth trying again after data.retryAfterMs",
  },
  tooManyRequests: {
    code: -32002,
    message: "Too Many Requests",
    meaning: "refused; the next is taken after data.retryAfterMs",
  },
} as const satisfies Record<string, ErrorForm>;

export type MseErrorName = keyof typeof MSE_ERRORS;

type NameWithData = "invalidCallOrder" | "unavailable" | "tooManyRequests";

export type MseError =
  | { readonly error: Exclude<MseErrorName, NameWithData> }
  | { readonly error: "invalidCallOrder"; readonly data: { readonly required: MseMethod } }
  | {
      readonly error: "unavailable" | "tooManyRequests";
      /** Milliseconds. */
      readonly data: { readonly retryAfterMs: number };
    };

export function errorObject(error: MseError): MseErrorObject {
  const { code, message } = MSE_ERRORS[error.error];
  return "data" in error ? { code, message, data: error.data } : { code, message };
}
