// A frame of MSE in a few words: its method or result, and the detail that tells most.
import { isJsonObject, type JsonObject } from "@jongleur/protocol";
import { addressOf } from "./label.ts";

export function mseLabelOf({ method, params, result, error }: JsonObject): string {
  if (isJsonObject(error)) return `error ${error.code} ${error.message}`;
  if (typeof method !== "string") return String(result);
  return [method, detailOf(isJsonObject(params) ? params : {})].filter(Boolean).join(" ");
}

function detailOf({ token, offer, answer, candidate, message }: JsonObject): string {
  if (token !== undefined) return "token";
  if (offer !== undefined || answer !== undefined) return "(SDP)";
  if (candidate !== undefined) return addressOf(candidate);
  return message === undefined ? "" : JSON.stringify(message);
}
