// A way to Redis that can be made slow, cut, or frozen in the middle of what a pod does.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** @param target the URL of a Redis server, as redis://127.0.0.1:6379 */
export async function startSlowProxy(target: string): Promise<SlowProxy> {
  const proxy = new SlowProxy(new URL(target));
  await proxy.start();
  return proxy;
}

export class SlowProxy {
  /** Milliseconds by which every reply comes later, however many are under way. */
  replyDelay = 0;
  /** Milliseconds that each command takes; those of one connection are carried out one after the other. */
  commandDelay = 0;
  /** From the next command that holds this text on, commands still get through and replies don't. */
  freezeAt: string | undefined;
  frozen = false;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #open = true;

  constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#onClient(client));
  }

  /** Instead of the Redis's own. */
  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** Cuts all connections, and lets no new ones in until it is opened again. */
  cut(): void {
    this.#open = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  open(): void {
    this.#open = true;
  }

  async stop(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #onClient(client: Socket): void {
    if (!this.#open) return void client.destroy();
    const redis = connect(Number(this.#target.port), this.#target.hostname);
    for (const socket of [client, redis]) {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    }
    join(client, redis, this);
  }
}

function join(client: Socket, redis: Socket, manner: SlowProxy): void {
  const commands = new DelayLine(redis, (since, free) => Math.max(since, free) + manner.commandDelay);
  const replies = new DelayLine(client, (since) => since + manner.replyDelay);
  let unread: Buffer = Buffer.alloc(0);
  client.on("data", (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (let end = commandEnd(unread); end !== undefined; end = commandEnd(unread)) {
      const command = unread.subarray(0, end);
      unread = unread.subarray(end);
      if (manner.freezeAt !== undefined && command.includes(manner.freezeAt)) manner.frozen = true;
      commands.passOn(command);
    }
  });
  redis.on("data", (chunk: Buffer) => {
    if (!manner.frozen) replies.passOn(chunk);
  });
  for (const [one, other] of [
    [client, redis],
    [redis, client],
  ] as const) {
    // What breaks on one side is seen on the other as a connection that ends.
    one.on("error", () => {}).once("close", () => other.destroy());
    one.setNoDelay(true);
  }
}

/** When a piece is due that has been there since then, if the line is free since then. */
type Due = (since: number, free: number) => number;

/** Passes pieces on when they are due, in the order in which they came. */
class DelayLine {
  readonly #target: Socket;
  readonly #due: Due;
  readonly #waiting: { readonly piece: Buffer; readonly since: number }[] = [];
  #free = 0;

  constructor(target: Socket, due: Due) {
    this.#target = target;
    this.#due = due;
  }

  passOn(piece: Buffer): void {
    this.#waiting.push({ piece, since: performance.now() });
    if (this.#waiting.length === 1) this.#run();
  }

  #run(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const rest = this.#due(next.since, this.#free) - performance.now();
      if (rest > 0) return void setTimeout(() => this.#run(), rest);
      this.#waiting.shift();
      this.#free = performance.now();
      if (!this.#target.destroyed) this.#target.write(next.piece);
    }
  }
}

/** Where the first command ends (an array of bulk strings), undefined while it has not come entirely. */
function commandEnd(buffer: Buffer): number | undefined {
  const lineEnd = (from: number) => buffer.indexOf("\r\n", from, "latin1") + 2;
  const number = (from: number, end: number) => Number(buffer.toString("latin1", from + 1, end - 2));
  let at = lineEnd(0);
  if (at < 2) return undefined;
  for (let left = number(0, at); left > 0; left--) {
    const end = lineEnd(at);
    if (end < 2) return undefined;
    at = end + number(at, end) + 2;
  }
  return at <= buffer.length ? at : undefined;
}
