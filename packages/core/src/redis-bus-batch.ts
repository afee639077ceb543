// The form in which parcels travel: batches, numbered per link from one pod to another.
import { isParcel } from "./parcel-form.ts";
import type { Parcel } from "./pod-bus.ts";

/** Asks a pod to answer when it has got this far. */
export type Control = readonly [verb: "ask" | "answer", id: number];

export type Item = Parcel | Control;

export interface Batch {
  readonly from: string;
  /** Whose numbers these are: a pod takes a new link to another when it has sent nothing for long. */
  readonly link: string;
  /** 1, 2, 3… */
  readonly seq: number;
  readonly items: readonly Item[];
}

export function isControl(item: Item): item is Control {
  return !("kind" in item);
}

/** What all batches of a link begin with. */
export function batchHead(from: string, link: string): string {
  return `[${JSON.stringify(from)},${JSON.stringify(link)}`;
}

/** @param texts the items, each as JSON */
export function writeBatch(head: string, seq: number, texts: readonly string[]): Buffer {
  return Buffer.from(`${head},${seq},[${texts.join(",")}]]`);
}

/** A batch as it came in. */
export interface Incoming extends Batch {
  /** How many of its items were none, and are left out. */
  readonly malformed: number;
}

/** @returns undefined if it is no batch */
export function readBatch(payload: unknown): Incoming | undefined {
  const [from, link, seq, items] = arrayIn(payload);
  if (typeof from !== "string" || typeof link !== "string" || !isNumber(seq) || !Array.isArray(items)) return undefined;
  const known = items.filter(isItem);
  return { from, link, seq, items: known, malformed: items.length - known.length };
}

function isItem(item: unknown): item is Item {
  return Array.isArray(item) ? isControlForm(item) : isParcel(item);
}

function isControlForm(item: readonly unknown[]): boolean {
  return item.length === 2 && (item[0] === "ask" || item[0] === "answer") && isNumber(item[1]);
}

/** 1, 2, 3… */
function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function arrayIn(payload: unknown): readonly unknown[] {
  if (!Buffer.isBuffer(payload)) return [];
  try {
    const value: unknown = JSON.parse(payload.toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
