// Bare handshakes of both protocols, and what is answered to them.
import { WebSocket } from "ws";

const POLLING = "/socket.io/?EIO=4&transport=polling";
const PATHS = { websocket: "/socket.io/?EIO=4&transport=websocket", mse: "/mse" } as const;

/** How a client may begin. */
export const WAYS = ["polling", "websocket", "mse"] as const;
export type Way = (typeof WAYS)[number];

export interface Answer {
  /** 101 or 200 where the connection is opened. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
  readonly close: () => void;
}

/** Opens a connection, and says nothing on it. @param url as http:// */
export function shakeHands(url: string, way: Way, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return way === "polling" ? poll(url, headers) : upgrade(url + PATHS[way], headers);
}

async function poll(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(url + POLLING, { headers });
  const body = await response.text();
  const sid = /"sid":"([^"]+)"/.exec(body)?.[1];
  const close = () => void fetch(`${url}${POLLING}&sid=${sid}`, { method: "POST", body: "1" });
  return { status: response.status, retryAfter: response.headers.get("retry-after") ?? undefined, body, close };
}

function upgrade(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const socket = new WebSocket(url.replace(/^http/, "ws"), { headers });
  const close = () => socket.close();
  socket.on("open", () => resolve({ status: 101, retryAfter: undefined, body: "", close }));
  socket.on("error", reject);
  socket.on("unexpected-response", (_request, response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    response.on("end", () =>
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"], body, close }),
    );
  });
  return promise;
}
