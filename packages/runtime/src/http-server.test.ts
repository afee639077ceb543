import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHttpServer, listen, type TlsFiles } from "./http-server.ts";

let folder: string;
let tls: TlsFiles;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jongleur-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-nodes", "-subj", "/CN=localhost", "-days", "1"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", cert, ...subject], {
    stdio: "ignore",
  });
  tls = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
});
afterAll(() => rmSync(folder, { recursive: true }));

const limits = {
  headersTimeout: 200,
  requestTimeout: 400,
  connectionsCheckingInterval: 50,
  keepAliveTimeout: 200,
  maxHeaderSize: 4096,
  silence: 60_000,
  connections: 10,
  connectionsPerAddress: 5,
};

test.each(["HTTP", "HTTPS"])("who connects and says nothing is given up, over %s", async (scheme) => {
  const server = createHttpServer(scheme === "HTTPS" ? tls : undefined, limits);
  const port = await listen(server, 0);
  const socket = connect({ port, host: "127.0.0.1" }).resume();
  await once(socket, "end");
  socket.destroy();
  expect(server.listening).toBe(true);
  server.close();
});
