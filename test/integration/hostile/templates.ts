// Correct messages of every kind, each of whose fields is then replaced.

/** Stands where the bad value goes; replaced in the text of the JSON. */
const PLACE = "<here>";

export interface Template {
  readonly name: string;
  readonly jsongle: Readonly<Record<string, unknown>>;
}

const iq = (query: string): Template => ({
  name: query,
  jsongle: { action: "iq-set", query, transaction: "t", description: { rid: "somewhere" } },
});

const call = (action: string, more: object = {}): Template => ({
  name: action,
  jsongle: { sid: "s", action, reason: "ringing", initiator: "i", responder: "r", description: { a: 1 }, ...more },
});

export const HELLO_ANSWER: Template = {
  name: "hello",
  jsongle: { action: "iq-result", query: "session-hello", transaction: "t", description: { uid: "u", dn: "d" } },
};

export const TEMPLATES: readonly Template[] = [
  iq("session-join"),
  iq("muc-join"),
  iq("session-leave"),
  { name: "ice-servers", jsongle: { action: "iq-get", query: "ice-servers", transaction: "t", description: {} } },
  HELLO_ANSWER,
  call("session-propose"),
  call("session-info"),
  call("session-proceed"),
  call("session-initiate"),
  call("session-accept"),
  call("transport-info"),
  call("session-decline"),
  call("session-retract"),
  call("session-terminate"),
  call("session-text"),
  call("session-custom"),
  call("session-event", { event: "typing" }),
  { ...call("session-text", { namespace: "muc" }), name: "session-text of a muc" },
  call("session-metrics", { description: { error: "ice-failed", duration: 1 } }),
  { name: "iq-result", jsongle: { action: "iq-result", query: "nobody-asked", transaction: "t", description: {} } },
  { name: "iq-get", jsongle: { action: "iq-get", query: "session-hello", transaction: "t", description: {} } },
  { name: "iq-error", jsongle: { action: "iq-error", query: "muc-join", transaction: "t", description: {} } },
  call("session-error", { description: { errorCode: 1, errorDetails: "x" } }),
  { name: "ack", jsongle: { action: "ack", status: "success", transaction: "t" } },
  call("no-such-action"),
];

const ENVELOPE_FIELDS = ["id", "from", "to", "jsongle", "namespace"] as const;
const CONTENT_FIELDS = [
  "action",
  "query",
  "transaction",
  "description",
  "namespace",
  "sid",
  "reason",
  "initiator",
  "responder",
  "event",
  "status",
] as const;
const DESCRIPTION_FIELDS = ["rid", "uid", "dn", "sent", "relayed", "duration", "error"] as const;

/** Each puts a value into one field of an envelope. */
const REPLACEMENTS: ReadonlyMap<string, (envelope: Draft) => Draft> = new Map([
  ...ENVELOPE_FIELDS.map((field) => [field, (draft: Draft) => ({ ...draft, [field]: PLACE })] as const),
  ...CONTENT_FIELDS.map(
    (field) =>
      [`jsongle.${field}`, (draft: Draft) => ({ ...draft, jsongle: { ...draft.jsongle, [field]: PLACE } })] as const,
  ),
  ...DESCRIPTION_FIELDS.map(
    (field) => [`description.${field}`, (draft: Draft) => inDescription(draft, field)] as const,
  ),
]);

export const FIELDS: readonly string[] = [...REPLACEMENTS.keys()];

interface Draft {
  readonly jsongle: Readonly<Record<string, unknown>>;
  readonly [beside: string]: unknown;
}

function inDescription({ jsongle, ...beside }: Draft, field: string): Draft {
  return { ...beside, jsongle: { ...jsongle, description: { ...(jsongle.description as object), [field]: PLACE } } };
}

/**
 * The JSON text of a message with a bad value in one field.
 * @param tag put beside `jsongle`, where it survives a relay
 */
export function spoil({ jsongle }: Template, to: string, field: string, value: string, tag: string): string {
  const draft: Draft = { id: "m", from: "anybody", to, tag, jsongle };
  return JSON.stringify(REPLACEMENTS.get(field)?.(draft)).replace(`"${PLACE}"`, () => value);
}
