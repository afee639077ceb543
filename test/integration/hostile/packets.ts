// Frames that are no messages, or hardly: what Engine.IO, Socket.IO or the gateway must refuse.
import { APP_TOKEN } from "../../helpers/pod.ts";
import type { Sign } from "./expectation.ts";
import { event, type Frame } from "./wire.ts";

export interface PacketCase {
  readonly name: string;
  readonly frames: readonly Frame[];
  /** `closed` for what breaks a transport's protocol; no signs where silence is right. */
  readonly outcome: readonly Sign[] | "closed";
}

const cases = (outcome: PacketCase["outcome"], frames: readonly string[]): PacketCase[] =>
  frames.map((frame) => ({ name: JSON.stringify(frame.slice(0, 60)), frames: [frame], outcome }));

const nested = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels);
const lists = (levels: number) => nested("[", "]", levels);
/** Empty objects inside one another have one level more than they have members. */
const objects = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;

/** Payloads of the event `jsongle` that are no message: 400002. */
export const PAYLOADS: readonly PacketCase[] = cases(
  [400_002],
  [
    ...["null", "0", "-1", "1e308", "true", "false", '""', '"jsongle"', '"__proto__"', '"\\u0000"', '"\\ud800"'],
    ...["[]", "[null]", "[[[[]]]]", '[{"jsongle":{}}]', "{}", '{"jsongle":null}', '{"jsongle":[]}', '{"jsongle":""}'],
    ...['{"jsongle":1}', '{"jsongle":true}', '{"JSONGLE":{}}', '{"__proto__":{"jsongle":{"action":"iq-set"}}}'],
    ...['{"toString":1}', '{"length":-1}', '{"constructor":{"name":"Buffer"}}', JSON.stringify("x".repeat(100_000))],
  ].flatMap((payload) => [
    `42["jsongle",${payload}]`,
    // With more arguments, and asking for an acknowledgement.
    `42["jsongle",${payload},{"jsongle":{"action":"iq-set"}},null]`,
    `427["jsongle",${payload}]`,
  ]),
);

/** No message, or not under the name `jsongle`. */
export const EVENTS: readonly PacketCase[] = cases(
  [400_002],
  [
    ...["42", '42["jsongle"]', '421["jsongle"]', '42["error"]', '42["error",{"a":1}]', '42["message",{}]', '42["x"]'],
    ...['42[""]', "42[0]", "42[-1,{}]", "42[1e308]", '42["__proto__",{}]', '42["constructor"]', '42["toString",1]'],
    ...['42["\\u0000"]', '42["\\ud800"]', '42["Jongleur",{"jsongle":{}}]', '42["JSONGLE",{"jsongle":{}}]', '42["*"]'],
    ...['42999999999999999999999["jsongle",{}]', '420["jsongle",{}]', '42["ping"]', '42["data","x"]', '42["close"]'],
    ...['42["packet",{"type":"close"}]', '42["upgrade"]', '42["removeAllListeners"]', '42["_onerror"]', '42["leave"]'],
  ],
);

export const SILENT: readonly PacketCase[] = cases(
  [],
  [
    ...[
      "43",
      "430",
      "43[]",
      "430[]",
      "439999[1]",
      "4399999999999999999999[]",
      '430[{"jsongle":{}}]',
      '43["jsongle",{}]',
    ],
    ...["0", '0{"sid":"x"}', "1", "3", "3probe", "5", "6", "6noop", "40/admin,", '40/admin,{"appToken":"x"}'],
    ...["40/jsongle", "40/__proto__,", "40/constructor,{}", `40/${"x".repeat(10_000)},`],
  ],
);

export const BREAKING: readonly PacketCase[] = cases("closed", [
  ...[
    "",
    "x",
    "7",
    "9",
    "-1",
    "\u0000",
    "\ufffd",
    "garbage",
    "GET / HTTP/1.1\r\n\r\n",
    "{}",
    "[]",
    "null",
    "b",
    "bAAAA",
  ],
  ...["2", "2[", "2probe", "4", "4\u0000", "4x", "47", "48", "49", "4-1", "45", "46", "4null", '4{"type":2}'],
  ...[
    "42[",
    "42{}",
    "42null",
    "42x",
    '42"jsongle"',
    "42[]",
    "42[null]",
    "42[{}]",
    "42[[]]",
    "42[true]",
    '42["jsongle"',
  ],
  ...['42["jsongle",]', '42["jsongle",{}', '42["jsongle",{}]x', "42['jsongle',{}]", '42["jsongle",NaN]'],
  ...['42["connect"]', '42["connect_error"]', '42["disconnect"]', '42["disconnecting"]', '42["newListener"]'],
  ...['42["removeListener"]', '42["disconnect",{"a":1}]', '42/admin,["jsongle",{}]', '42/,["connect"]', "43{}", "43x"],
  ...["41{}", "41[]", "44", '44{"message":"x"}', "44[]", "40", "40{}", "40null", "40[]", '40"x"', "40{", "401"],
  ...[`40{"appToken":"${APP_TOKEN}"}`, `40{"appToken":"${APP_TOKEN}"}40{"appToken":"${APP_TOKEN}"}`],
  ...[
    '450-["jsongle",{}]',
    '45-1-["jsongle"]',
    '451["jsongle"]',
    '45-["jsongle"]',
    '451.5-["jsongle"]',
    "451-",
    "451-{}",
  ],
  ...['4511-["jsongle",{}]', '4599999999999-["jsongle"]', '451e9-["jsongle"]', '451-["connect"]', "461-{}", "46-[]"],
  // Attachments that never come: what comes instead is the probe.
  ...['451-["jsongle",{"_placeholder":true,"num":0}]', '459-["jsongle",{}]', '451-["jsongle",{}]', "461-[]"],
]);

const attached = (...sizes: readonly number[]) => sizes.map((size) => new Uint8Array(size));
const part = (num: unknown) => ({ _placeholder: true, num });
const binary = (content: unknown, ...sizes: readonly number[]): Frame[] => [
  `45${sizes.length}-${JSON.stringify(["jsongle", content])}`,
  ...attached(...sizes),
];
const message = (more: object) => ({ id: "m", from: "f", to: "jsongle-server", ...more });

export const BINARY: readonly PacketCase[] = [
  { name: "a buffer as message", frames: binary(part(0), 4), outcome: [400_002] },
  { name: "an empty buffer as message", frames: binary(part(0), 0), outcome: [400_002] },
  { name: "a buffer of 2 MB as message", frames: binary(part(0), 2_000_000), outcome: [400_002] },
  { name: "a buffer as jsongle", frames: binary(message({ jsongle: part(0) }), 4), outcome: [400_002] },
  { name: "an attachment that nothing refers to", frames: binary({}, 4), outcome: [400_002] },
  ...["action", "query", "transaction", "description", "namespace"].map((field) => ({
    name: `a buffer as ${field}`,
    frames: binary(message({ jsongle: { action: "iq-set", query: "muc-join", [field]: part(0) } }), 4),
    outcome: [400_001],
  })),
  ...["id", "from", "extra"].map((field) => ({
    name: `a buffer as ${field}`,
    frames: binary(message({ [field]: part(0), jsongle: { action: "iq-set" } }), 4),
    outcome: [400_001],
  })),
  {
    name: "a buffer of 2 MB inside",
    frames: binary(message({ jsongle: { action: "iq-set", description: { rid: part(0) } } }), 2_000_000),
    outcome: [400_001],
  },
  {
    name: "ten buffers inside, two of them of 2 MB",
    frames: binary(
      message({ jsongle: { a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(part) } }),
      ...[1, 0, 2_000_000, 1, 1, 1, 2_000_000, 1, 1, 1],
    ),
    outcome: [400_001],
  },
  { name: "the same buffer a thousand times", frames: binary(Array(1000).fill(part(0)), 4), outcome: [400_002] },
  { name: "a buffer without its event", frames: attached(4), outcome: "closed" },
  { name: "a buffer of 2 MB without its event", frames: attached(2_000_000), outcome: "closed" },
  { name: "one buffer too many", frames: [...binary(part(0), 4), ...attached(4)], outcome: "closed" },
  ...[7, -1, 1.5, "0", null, "__proto__"].map((num) => ({
    name: `a placeholder numbered ${JSON.stringify(num)}`,
    frames: binary(part(num), 4),
    outcome: "closed" as const,
  })),
];

/** Placed where `to` leads to the server, so that what is not refused for its depth is for its action. */
const deep = (json: string) => [event(message({ jsongle: { action: "x", a: "<here>" } })).replace('"<here>"', json)];

/** The limit is 64 levels; the message and its jsongle object are the first two. */
export const DEEP: readonly PacketCase[] = [
  ...[10_000, 400_000].map((levels) => ({
    name: `${levels} lists as message`,
    frames: [`42["jsongle",${lists(levels)}]`],
    outcome: [413_001],
  })),
  { name: "10000 objects as message", frames: [`42["jsongle",${objects(10_000)}]`], outcome: [413_001] },
  { name: "10000 lists inside", frames: deep(lists(10_000)), outcome: [413_001] },
  { name: "10000 objects inside", frames: deep(objects(10_000)), outcome: [413_001] },
  { name: "lists over the limit", frames: deep(lists(63)), outcome: [413_001] },
  { name: "objects over the limit", frames: deep(objects(63)), outcome: [413_001] },
  { name: "lists at the limit", frames: deep(lists(62)), outcome: [405_001] },
  { name: "objects at the limit", frames: deep(objects(62)), outcome: [405_001] },
  { name: "64 lists as message", frames: [`42["jsongle",${lists(64)}]`], outcome: [400_002] },
  { name: "65 lists as message", frames: [`42["jsongle",${lists(65)}]`], outcome: [413_001] },
  { name: "100000 lists beside one another", frames: deep(`[${"[],".repeat(100_000)}[]]`), outcome: [405_001] },
];

/** Tokens that are none: the connection is refused, without a hello. */
export const BAD_AUTHS: readonly string[] = [
  ...["", "{}", '{"appToken":null}', '{"appToken":0}', '{"appToken":true}', '{"appToken":""}', '{"appToken":" "}'],
  ...['{"appToken":{}}', '{"appToken":[]}', `{"appToken":["${APP_TOKEN}"]}`, '{"appToken":{"toString":1}}'],
  ...[
    `{"appToken":{"length":${APP_TOKEN.length}}}`,
    `{"appToken":"${APP_TOKEN} "}`,
    `{"appToken":"${APP_TOKEN}\\u0000"}`,
  ],
  ...[`{"apptoken":"${APP_TOKEN}"}`, `{"__proto__":{"appToken":"${APP_TOKEN}"}}`, '{"appToken":"\\ud800"}'],
  ...[`{"appToken":"${"x".repeat(100_000)}"}`, `{"appToken":${lists(10_000)}}`, '{"toString":1,"hasOwnProperty":1}'],
];
