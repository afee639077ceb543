// Streams over real sockets: how many there may be, and what becomes of those that nobody reads.
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { EventStreams, type EventStreamsSettings } from "./event-streams.ts";

const BIG = "x".repeat(4_000_000);

async function serve(settings: Partial<EventStreamsSettings> = {}) {
  const streams = new EventStreams({ most: 2, patience: 3, beatMs: 60_000, ...settings });
  const server = createServer((_, response) => {
    if (streams.hasRoom) streams.open(response, '"first"');
    else response.writeHead(503).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    streams.close();
    server.closeAllConnections();
    server.close();
  });
  return { streams, server, port: (server.address() as AddressInfo).port };
}

async function view(port: number): Promise<{ response: IncomingMessage; heard: () => string }> {
  const [response] = (await once(get({ port, host: "127.0.0.1", agent: false }), "response")) as [IncomingMessage];
  let heard = "";
  response.setEncoding("utf8").on("data", (text: string) => {
    heard += text;
  });
  return { response, heard: () => heard };
}

/** Asks, and reads nothing of the answer. */
async function stare(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.pause().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

test("each viewer gets what there is at once, and then what all get", async () => {
  const { streams, port } = await serve();
  const one = await view(port);
  streams.send('"second"');
  await vi.waitFor(() => expect(one.heard()).toBe('retry: 2000\ndata: "first"\n\ndata: "second"\n\n'));
});

test("as many may look as there is room for, and the next one once somebody has gone", async () => {
  const { streams, port } = await serve();
  const [one] = [await view(port), await view(port)];
  expect((await view(port)).response.statusCode).toBe(503);
  one.response.destroy();
  await vi.waitFor(() => expect(streams.hasRoom).toBe(true));
  expect((await view(port)).response.statusCode).toBe(200);
});

test("who reads nothing is dropped, and the others hear all", async () => {
  const { streams, server, port } = await serve();
  const reader = await view(port);
  await stare(port);
  await vi.waitFor(() => expect(streams.hasRoom).toBe(false));
  let sent = 0;
  const open = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  await vi.waitFor(
    async () => {
      streams.send(BIG);
      sent += 1;
      const length = sent * (BIG.length + 8);
      await vi.waitFor(() => expect(reader.heard().length).toBeGreaterThan(length), 5000);
      expect(await open()).toBe(1);
    },
    { timeout: 15_000 },
  );
  expect(streams.hasRoom).toBe(true);
});

test("between events there is a sign of life", async () => {
  const { port } = await serve({ beatMs: 10 });
  const one = await view(port);
  await vi.waitFor(() => expect(one.heard()).toContain("\n\n:\n\n:\n\n"));
});

test("all streams end when it closes, also those that nobody reads, and none is opened any more", async () => {
  const { streams, server, port } = await serve();
  const one = await view(port);
  await stare(port);
  await vi.waitFor(() => expect(streams.hasRoom).toBe(false));
  streams.send(BIG);
  await vi.waitFor(() => expect(one.heard().length).toBeGreaterThan(BIG.length), 5000);
  const ended = [once(one.response, "end"), once(server, "close")];
  streams.close();
  server.close();
  await Promise.all(ended);
  expect(streams.hasRoom).toBe(false);
});

test("who has taken all so far, but does not see the end, does not hold up the server", async () => {
  const { streams, server, port } = await serve({ most: 1 });
  await stare(port);
  await vi.waitFor(() => expect(streams.hasRoom).toBe(false));
  const closed = once(server, "close");
  streams.close();
  server.close();
  await closed;
});
