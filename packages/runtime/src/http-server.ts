// An HTTP or HTTPS server, and what it takes to stop one.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createSecureContext } from "node:tls";

/** A private key and its certificate: PEM text, or where it is. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** Reads and checks a key and a certificate. @returns a sentence for each fault: TLS is never given up silently */
export function readTlsFiles(paths: TlsFiles): { readonly tls: TlsFiles } | { readonly faults: readonly string[] } {
  const faults: string[] = [];
  const read = (name: keyof TlsFiles): string => {
    try {
      return readFileSync(paths[name], "utf8");
    } catch (error) {
      faults.push(`${name}: got "${paths[name]}", wants a PEM file that can be read: ${(error as Error).message}`);
      return "";
    }
  };
  const tls = { key: read("key"), cert: read("cert") };
  if (faults.length > 0) return { faults };
  try {
    createSecureContext(tls);
    return { tls };
  } catch (error) {
    const got = `got "${paths.key}" and "${paths.cert}"`;
    return { faults: [`key, cert: ${got}, wants a key and its certificate as PEM: ${(error as Error).message}`] };
  }
}

/** How long one may take, in milliseconds, and how much one may ask for. */
export interface HttpLimits {
  /** Until all headers of a request have come; of TLS, until its handshake is done. */
  readonly headersTimeout: number;
  /** Until all of a request has come. */
  readonly requestTimeout: number;
  /** How often connections that take too long are looked for. */
  readonly connectionsCheckingInterval: number;
  /** Until the next request of a connection begins. */
  readonly keepAliveTimeout: number;
  /** Bytes of a request's headers. */
  readonly maxHeaderSize: number;
  /** Until somebody who does not read is given up, whatever of a request there was. */
  readonly silence: number;
  /** Connections at the same time: those beyond are closed at once. */
  readonly connections: number;
  /** The same for one address, so that somebody who takes all can't keep others out. */
  readonly connectionsPerAddress: number;
}

export function createHttpServer(tls: TlsFiles | undefined, limits?: HttpLimits): Server {
  if (!limits) return tls ? createSecureServer(tls) : createServer();
  const server = tls
    ? createSecureServer({ ...tls, ...limits, handshakeTimeout: limits.headersTimeout })
    : createServer({ ...limits });
  server.setTimeout(limits.silence);
  server.maxConnections = limits.connections;
  boundAddresses(server, limits.connectionsPerAddress);
  return server;
}

function boundAddresses(server: Server, most: number): void {
  const counts = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.once("close", () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
    if (count > most) socket.destroy();
  });
}

/** @returns the port; rejects if it is taken or not allowed */
export async function listen(server: Server, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, resolve);
  await promise;
  server.off("error", reject);
  return (server.address() as AddressInfo).port;
}

/** Lets requests under way end, and takes no new ones. */
export async function closeServer(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  await promise;
}

/** @returns what destroys all connections that are open then, upgraded ones too */
export function trackConnections(server: Server): () => void {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
