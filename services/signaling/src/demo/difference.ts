// What a message lacks of what was expected; what it holds beyond that is no fault.
import { isJsonObject, type Json } from "@jongleur/protocol";

/** @returns the first difference as a phrase, undefined if all that is expected is there */
export function findDifference(
  expected: Json | undefined,
  actual: Json | undefined,
  path: readonly (string | number)[] = [],
): string | undefined {
  const entries = entriesOf(expected);
  if (!entries) return expected === actual ? undefined : phrase(expected, actual, path);
  if (isArray(expected) ? !isArray(actual) || actual.length !== expected.length : !isJsonObject(actual)) {
    return phrase(expected, actual, path);
  }
  const found = new Map(entriesOf(actual));
  for (const [key, value] of entries) {
    const difference = findDifference(value, found.get(key), [...path, key]);
    if (difference) return difference;
  }
  return undefined;
}

type Entries = readonly (readonly [string, Json | undefined])[];

function entriesOf(value: Json | undefined): Entries | undefined {
  return isJsonObject(value) || isArray(value) ? Object.entries(value) : undefined;
}

/** `Array.isArray` alone does not narrow to a read-only array. */
function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function phrase(expected: Json | undefined, actual: Json | undefined, path: readonly (string | number)[]): string {
  return `${path.join(".") || "message"} is ${JSON.stringify(actual) ?? "missing"}, not ${JSON.stringify(expected)}`;
}
