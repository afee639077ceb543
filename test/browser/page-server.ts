// Serves the pages of a call on this machine: cameras and microphones are for secure origins, and localhost is one.
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PageServer {
  readonly url: string;
  readonly stop: () => void;
}

const PAGES = fileURLToPath(new URL("pages", import.meta.url));
const HTML = '<!doctype html><video autoplay playsinline muted></video><script type="module" src="/page.js"></script>';
const bundle = () =>
  join(dirname(createRequire(import.meta.url).resolve("socket.io-client/package.json")), "dist/socket.io.esm.min.js");

export async function servePages(): Promise<PageServer> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://localhost:${port}/`, stop: () => server.close() };
}

function answer({ url = "" }: IncomingMessage, response: ServerResponse): void {
  const script = /^\/([\w.]+\.js)$/.exec(url)?.[1];
  response.setHeader("Content-Type", script === undefined ? "text/html" : "text/javascript");
  response.end(script === undefined ? HTML : readFileSync(pathOf(script)));
}

function pathOf(script: string): string {
  return script === "socket.io.js" ? bundle() : join(PAGES, script);
}
