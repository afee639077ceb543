// The form in which parcels travel: batches, numbered per link from one pod to another.
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

/** Trusts the items of what has a batch's form: only pods can publish. @returns undefined if it is no batch */
export function readBatch(payload: unknown): Batch | undefined {
  const [from, link, seq, items] = arrayIn(payload);
  if (typeof from !== "string" || typeof link !== "string" || typeof seq !== "number") return undefined;
  if (!Array.isArray(items) || !items.every((item) => typeof item === "object" && item !== null)) return undefined;
  return { from, link, seq, items };
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
