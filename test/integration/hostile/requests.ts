// HTTP that no well-behaved client sends, for both ports.

export interface RequestCase {
  readonly name: string;
  /** As they go to the port, each character a byte. */
  readonly bytes: string;
  /** Whether the sender ends its side then. */
  readonly ends?: boolean;
  /** The status of the answer; `closed` where there must be none. */
  readonly status: Status;
}

/** `cut`: an answer may be lost, since the connection is ended before all that was sent has been read. */
type Status = number | "closed" | "cut";

const CRLF = "\r\n";

function request(
  status: Status,
  line: string,
  headers: readonly string[] = [],
  body: string | undefined = undefined,
): RequestCase {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [`${line} HTTP/1.1`, "Host: localhost", "Connection: close", ...length, ...headers, "", ""].join(CRLF);
  return { name: `${line.slice(0, 80)} ${headers.join()}`, bytes: `${head}${body ?? ""}`, status };
}

/** For either port. */
export const NO_HTTP: readonly RequestCase[] = [
  ["garbage", "\u0000\u0001\u0002\u0003\r\n\r\n", 400] as const,
  ["TLS on a plain port", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 400] as const,
  ["another protocol", "EHLO localhost\r\n", 400] as const,
  ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400] as const,
  ["HTTP/9.9", "GET / HTTP/9.9\r\n\r\n", 400] as const,
  ["no host", "GET / HTTP/1.1\r\n\r\n", 400] as const,
  ["half a request", "GET /ping HTTP/1.1\r\nHost: loc", 400] as const,
  ["nothing", "", "closed"] as const,
  ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400] as const,
  ["a length below zero", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400] as const,
  [
    "a length and chunks",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
  ] as const,
  ["a header without a name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400] as const,
  ["a header of 100 kB", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(100_000)}\r\n\r\n`, "cut"] as const,
  ["a path of 100 kB", `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, "cut"] as const,
  ["a tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n", "closed"] as const,
].map(([name, bytes, status]) => ({ name, bytes, ends: true, status }));

const io = (query: string) => `/socket.io/?${query}`;
const UPGRADE = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

/** For the port of the clients. */
export const SOCKET_REQUESTS: readonly RequestCase[] = [
  ...["/", "/mse", "/socket.io", "/..", "//", "/%", "/socket.i%6f/", "*"].map((path) => request(404, `GET ${path}`)),
  ...["POST", "PUT", "DELETE", "TRACE", "OPTIONS"].map((method) => request(404, `${method} /nothing`)),
  request(404, "GET http://elsewhere/ "),
  ...[
    ...[
      "",
      "EIO=4",
      "transport=polling",
      "EIO=3&transport=polling",
      "EIO=5&transport=",
      "EIO=4&transport=webtransport",
    ],
    ...[
      "EIO=x&transport=x",
      "EIO=4&transport=__proto__",
      "EIO=4&transport=polling&sid=nobody",
      "EIO=4&transport=websocket",
    ],
    ...[
      "EIO=4&transport=polling&sid=__proto__",
      "EIO=4&transport=polling&sid=constructor",
      "EIO[]=4&transport[]=polling",
    ],
    ...["EIO=4&transport=polling&sid=%00", "EIO=4&transport=websocket&sid=nobody", "EIO=%&transport=polling&sid=%ff"],
  ].map((query) => request(400, `GET ${io(query)}`)),
  ...["POST", "PUT", "DELETE", "PATCH"].map((method) => request(400, `${method} ${io("EIO=4&transport=polling")}`)),
  request(400, `POST ${io("EIO=4&transport=polling&sid=nobody")}`, [], '42["jsongle",{}]'),
  request(400, `GET ${io("EIO=4&transport=websocket")}`, [...UPGRADE, "Sec-WebSocket-Key: x"]),
  request(400, `GET ${io("EIO=4&transport=websocket&sid=nobody")}`, [...UPGRADE, KEY]),
  request(400, `GET ${io("EIO=3&transport=websocket&sid=nobody")}`, [...UPGRADE, KEY]),
];

const JSON_TYPE = "Content-Type: application/json";
const level = (status: number, body: string, type = JSON_TYPE) => request(status, "PUT /logs/levels", [type], body);

/** For the port of the operators. */
export const OPERATOR_REQUESTS: readonly RequestCase[] = [
  ...["/", "/nothing", "/..", "/../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//about", "/%", "/%00", "/__proto__"].map(
    (path) => request(404, `GET ${path}`),
  ),
  ...["/about%00", "/metrics/x", "/socket.io/?EIO=4&transport=polling"].map((path) => request(404, `GET ${path}`)),
  ...["POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"].map((method) => request(405, `${method} /about`)),
  ...["GET", "HEAD", "POST", "DELETE"].map((method) => request(405, `${method} /logs/levels`)),
  request(400, "BREW /about"),
  request(200, "GET /ping?a[b][c]=1&__proto__[x]=1&a=%"),
  request(200, "GET /ping", [JSON_TYPE], "{"),
  ...["null", "0", "true", '""', "[]", "{}", "{", "x", "", '{"level":null}', '{"level":1}', '{"level":[]}'].map(
    (body) => level(400, body),
  ),
  ...['{"level":""}', '{"level":"loud"}', '{"level":"INFO"}', '{"level":"__proto__"}', '{"level":{"toString":1}}'].map(
    (body) => level(400, body),
  ),
  level(400, '{"__proto__":{"level":"info"}}'),
  level(400, '{"level":"info"}', "Content-Type: text/plain"),
  level(400, "level=info", "Content-Type: application/x-www-form-urlencoded"),
  level(415, '{"level":"info"}', `${JSON_TYPE}; charset=klingon`),
  level(413, JSON.stringify({ level: "x".repeat(10_000) })),
  level(413, "[".repeat(1_000_000)),
  request(400, "PUT /logs/levels", [JSON_TYPE, "Content-Encoding: gzip"], "not gzip"),
  request(415, "PUT /logs/levels", [JSON_TYPE, "Content-Encoding: sloth"], "{}"),
];
