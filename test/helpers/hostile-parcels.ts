// Parcels as pods send them, and what somebody could put in their place.
import type { Parcel } from "@jongleur/core";
import fc from "fast-check";

export interface Names {
  readonly rids: readonly string[];
  readonly sessionIds: readonly string[];
  readonly pods: readonly string[];
}

type Kinds = { readonly [K in Parcel["kind"]]: fc.Arbitrary<Extract<Parcel, { readonly kind: K }>> };

/** Parcels of all kinds. @param names those that mean something where they are sent */
export function parcelsOf({ rids, sessionIds, pods }: Names): fc.Arbitrary<Parcel> {
  const rid = fc.constantFrom(...rids);
  const sessionId = fc.constantFrom(...sessionIds);
  // Who may say so may put anybody out: that these are carried out is shown where they are sent by pods.
  const stranger = fc.string();
  const version = fc.oneof(fc.nat(5), fc.constant(Number.MAX_SAFE_INTEGER));
  const identity = fc.record({ uid: fc.string({ minLength: 1 }), dn: fc.string() }, { requiredKeys: ["uid"] });
  const member = fc.record({ sessionId, pod: fc.constantFrom(...pods), epoch: fc.nat(3), identity });
  const description = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<Record<string, never>>;
  const action = fc.constantFrom("session-text", "session-propose", "transport-info", "session-event");
  const namespace = fc.constantFrom("muc", "message");
  const ofJsongle = fc.record({ id: fc.string(), from: rid, jsongle: fc.record({ action, namespace, description }) });
  const method = fc.constantFrom("chat", "sdpOffer", "iceCandidate");
  const ofMse = fc.record({ id: fc.string(), relayed: fc.string(), mse: fc.record({ method, params: description }) });
  const kind = <const K extends string>(name: K) => fc.constant(name);
  const kinds: Kinds = {
    message: fc.record(
      {
        kind: kind("message"),
        rid,
        sender: sessionId,
        message: fc.oneof(ofJsongle, ofMse),
        only: fc.array(fc.string(), { maxLength: 2 }),
      },
      { requiredKeys: ["kind", "rid", "sender", "message"] },
    ),
    joined: fc.record({ kind: kind("joined"), rid, version, member }),
    left: fc.record({ kind: kind("left"), rid, version, sessionId }),
    putOut: fc.record(
      {
        kind: kind("putOut"),
        rid,
        version,
        sessionIds: fc.array(stranger, { maxLength: 3 }),
        reason: fc.string(),
        until: fc.nat(),
      },
      { requiredKeys: ["kind", "rid", "version", "sessionIds"] },
    ),
    dismiss: fc.record(
      { kind: kind("dismiss"), sessionIds: fc.array(stranger, { maxLength: 3 }), reason: fc.string() },
      { requiredKeys: ["kind", "sessionIds"] },
    ),
    missing: fc.record({ kind: kind("missing"), rid, sessionIds: fc.array(sessionId, { maxLength: 3 }) }),
    present: fc.record({ kind: kind("present"), rid, sessionIds: fc.array(sessionId, { maxLength: 3 }) }),
    bounced: fc.record({ kind: kind("bounced"), rid, sender: sessionId, mid: fc.string() }),
    digest: fc.record({
      kind: kind("digest"),
      versions: fc.array(fc.tuple(rid, fc.oneof(version, fc.constant(-1))), { maxLength: 3 }),
    }),
  };
  return fc.oneof(...Object.values<fc.Arbitrary<Parcel>>(kinds));
}

const DEEP = "as deep as can be";
const NESTED = "[".repeat(20_000) + "]".repeat(20_000);

const BAD_VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, -2, 1.5, 1e308, 2 ** 53, "", "x", "\ud800", [], [[]], [null], {}],
  ...[{ length: -1 }, { toString: 1 }, JSON.parse('{"__proto__":{"uid":"x"}}'), JSON.parse('{"constructor":{}}')],
  ...[DEEP, { a: DEEP }, Array(1000).fill(0), "x".repeat(10_000)],
];

/** A JSON value with one place in it spoiled: another value there, or nothing. As text: some can only be read. */
export function spoiled(values: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const change = fc.oneof(fc.constantFrom(...BAD_VALUES), fc.jsonValue(), fc.constant(REMOVED));
  return fc.tuple(values, fc.nat(), change).map(([value, place, bad]) => {
    const copy = structuredClone(value);
    const places = placesIn(copy);
    const [holder, key] = places[place % places.length] ?? [];
    if (holder !== undefined && key !== undefined && bad === REMOVED) delete holder[key];
    else if (holder !== undefined && key !== undefined) holder[key] = bad;
    return JSON.stringify(copy).replaceAll(JSON.stringify(DEEP), NESTED);
  });
}

const REMOVED = Symbol("removed");

type Place = readonly [holder: Record<string, unknown>, key: string];

function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key): Place[] => [[holder, key], ...placesIn(holder[key])]);
}
