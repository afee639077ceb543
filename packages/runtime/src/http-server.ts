// An HTTP or HTTPS server, and what it takes to stop one.
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** PEM text. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** @throws if a file is missing or can't be read: TLS is never given up silently */
export function readTlsFiles(paths: { readonly key: string; readonly cert: string }): TlsFiles {
  return { key: readFileSync(paths.key, "utf8"), cert: readFileSync(paths.cert, "utf8") };
}

export function createHttpServer(tls: TlsFiles | undefined): Server {
  return tls ? createSecureServer(tls) : createServer();
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
