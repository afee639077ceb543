// What every PodBus promises, whatever carries the parcels.
import type { Parcel, ParcelReceiver, PodBus } from "@jongleur/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../helpers/eventually.ts";

export interface BusNetwork {
  /** A pod's bus, once others can reach it, and how the pod goes. */
  readonly open: (pod: string) => Promise<{ readonly bus: PodBus; readonly close: () => Promise<void> }>;
  readonly close: () => Promise<void>;
}

/** Parcels that can be told apart. */
export const parcel = (rid: string, ...sessionIds: string[]): Parcel => ({ kind: "missing", rid, sessionIds });
export const series = (name: string, count: number) => Array.from({ length: count }, (_, i) => parcel(`${name} ${i}`));

/** Remembers what a pod was told. */
export class Recorder implements ParcelReceiver {
  readonly parcels: { readonly from: string; readonly parcel: Parcel }[] = [];
  readonly undelivered: { readonly pod: string; readonly parcel: Parcel }[] = [];
  readonly missed: (string | undefined)[] = [];

  constructor(bus: PodBus) {
    bus.receive(this);
  }

  from(pod: string): Parcel[] {
    return this.parcels.filter(({ from }) => from === pod).map(({ parcel }) => parcel);
  }

  onParcel(parcel: Parcel, from: string): void {
    this.parcels.push({ parcel, from });
  }

  onUndelivered(pod: string, parcel: Parcel): void {
    this.undelivered.push({ pod, parcel });
  }

  onMissed(pod?: string): void {
    this.missed.push(pod);
  }
}

/** Sends a few a tick, as a pod does that is at work. */
export async function sendOverTicks(bus: PodBus, pod: string, parcels: readonly Parcel[]): Promise<void> {
  for (const [i, each] of parcels.entries()) {
    bus.send(pod, each);
    if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

export function describePodBus(name: string, openNetwork: () => Promise<BusNetwork>): void {
  describe(`PodBus: ${name}`, () => {
    let network: BusNetwork;
    beforeEach(async () => {
      network = await openNetwork();
    });
    afterEach(() => network.close());

    async function join(pod: string) {
      const { bus, close } = await network.open(pod);
      return { bus, close, heard: new Recorder(bus) };
    }

    test("what several pods send to each other arrives once, and in the order of each", async () => {
      const names = ["a", "b", "c"];
      const pods = await Promise.all(names.map(join));
      const pairs = names.flatMap((from, i) => names.filter((to) => to !== from).map((to) => ({ from, to, i })));
      const ways = pairs.map((pair) => ({ ...pair, sent: series(`${pair.from} to ${pair.to}`, 1500) }));
      await Promise.all(ways.map(({ i, to, sent }) => sendOverTicks(pods[i]!.bus, to, sent)));
      await eventually(() => {
        for (const { heard } of pods) expect(heard.parcels.length + heard.undelivered.length).toBe(3000);
      });
      expect(pods.flatMap(({ heard }) => [...heard.undelivered, ...heard.missed])).toEqual([]);
      for (const { from, to, sent } of ways) expect(pods[names.indexOf(to)]?.heard.from(from)).toEqual(sent);
    });

    test("parcels arrive as they were sent", async () => {
      const [a, b] = [await join("a"), await join("b")];
      const sent = ['"quoted" \\ \n', "Ünï ☂ 日本 😀", "\ud800", "{}", "x".repeat(300_000)].map((rid) =>
        parcel(rid, rid),
      );
      for (const each of sent) a.bus.send("b", each);
      await eventually(() => expect(b.heard.from("a")).toEqual(sent));
    });

    test("one parcel may go to many pods", async () => {
      const [a, b, c] = [await join("a"), await join("b"), await join("c")];
      for (const to of ["b", "c", "b"]) a.bus.send(to, parcel("same"));
      await eventually(() => {
        expect(b.heard.from("a")).toEqual([parcel("same"), parcel("same")]);
        expect(c.heard.from("a")).toEqual([parcel("same")]);
      });
    });

    test("settled is what was sent either way before", async () => {
      const [a, b] = [await join("a"), await join("b")];
      const [there, back] = [series("there", 2000), series("back", 2000)];
      for (const each of there) a.bus.send("b", each);
      for (const each of back) b.bus.send("a", each);
      expect(await a.bus.settle("b")).toBe(true);
      expect(b.heard.from("a")).toEqual(there);
      expect(a.heard.from("b")).toEqual(back);
    });

    test("nothing settles with a pod that is not there, or has gone", async () => {
      const [a, b] = [await join("a"), await join("b")];
      expect(await a.bus.settle("nobody")).toBe(false);
      expect(await a.bus.settle("b")).toBe(true);
      await b.close();
      expect(await a.bus.settle("b")).toBe(false);
    });

    test("a pod that has gone sends and receives nothing more, and learns it", async () => {
      const [a, b] = [await join("a"), await join("b")];
      await a.close();
      expect(a.bus.reaches("b")).toBe(false);
      a.bus.send("b", parcel("too late"));
      expect(await a.bus.settle("b")).toBe(false);
      b.bus.send("a", parcel("nobody there"));
      await b.bus.settle("a");
      expect(b.heard.parcels).toEqual([]);
      expect(a.heard.parcels).toEqual([]);
    });

    test("a parcel for a pod that is not there comes back to its sender", async () => {
      const a = await join("a");
      a.bus.send("nobody", parcel("1"));
      a.bus.send("nobody", parcel("2"));
      expect(a.heard.undelivered).toEqual([]);
      const undelivered = ["1", "2"].map((rid) => ({ pod: "nobody", parcel: parcel(rid) }));
      await eventually(() => expect(a.heard.undelivered).toEqual(undelivered));
    });
  });
}
