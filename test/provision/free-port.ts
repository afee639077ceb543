// Ports that stay free while their server is down.
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below the ports that systems give to outgoing connections: a client that keeps trying to reach a dead server could
 * else be given the server's own port, and the server could not come back. A node of a cluster also takes the port
 * 10000 higher, which has to be below them, too.
 */
const LOWEST = 16_000;
const HIGHEST = 21_999;
const BUS_OFFSET = 10_000;

/** A port of 127.0.0.1 that nobody listens on at this moment. Another process may be faster: be ready to ask again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
