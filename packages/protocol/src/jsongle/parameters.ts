// What a parameter has to be, and what is said of one that is not.
import type { SignalingError } from "../errors.ts";
import type { Json } from "../json.ts";

export const A_NAME = "a non-empty string";

export function isName(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "";
}

export function badParameter(field: string, wanted: string): SignalingError {
  return { error: "badParameters", details: `Missing or invalid '${field}' parameter: it must be ${wanted}` };
}
