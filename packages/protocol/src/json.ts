// JSON as it comes off a wire: narrowing from unknown, and the limits of what is taken.

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** An object as JSON has it: no array, no null, no binary data. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isBinary(value);
}

export type Shape = "json" | "tooDeep" | "binary";

/**
 * Looks through a decoded value without ever recursing past `maxDepth`, so that hostile nesting costs
 * nothing and can't exhaust the stack. Binary attachments, which Socket.IO can carry, are not JSON.
 */
export function shapeOf(value: unknown, maxDepth: number): Shape {
  if (typeof value !== "object" || value === null) return "json";
  if (isBinary(value)) return "binary";
  if (maxDepth === 0) return "tooDeep";
  for (const child of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof child !== "object" || child === null) continue;
    const shape = shapeOf(child, maxDepth - 1);
    if (shape !== "json") return shape;
  }
  return "json";
}

function isBinary(value: object): boolean {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}
