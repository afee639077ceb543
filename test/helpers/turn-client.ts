// A TURN client that says no more than it takes to learn whether a server lets it in: RFC 8489 and RFC 8656, over UDP.
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export interface TurnLogin {
  readonly username: string;
  readonly credential: string;
}

/** "granted", or the code with which the server refuses. */
export type TurnAnswer = "granted" | number;

const COOKIE = 0x2112_a442;
const METHODS = { allocate: 0x003, refresh: 0x004 } as const;
type Method = keyof typeof METHODS;

const ATTRIBUTES = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  requestedTransport: 0x0019,
} as const;

const HEADER = 20;
const UDP = Buffer.from([17, 0, 0, 0]);
const UNAUTHORIZED = 401;
const STALE_NONCE = 438;
/** A datagram may get lost, and a server may drop what it has no time for. */
const RETRANSMIT_MS = 500;
const TRIES = 20;

export class TurnClient {
  readonly #socket: Socket;
  readonly #port: number;
  #realm: Buffer = Buffer.alloc(0);
  #nonce: Buffer = Buffer.alloc(0);

  /** @param port of a server on 127.0.0.1 */
  constructor(port: number) {
    this.#socket = createSocket("udp4");
    this.#port = port;
  }

  /** Asks for a relayed address. */
  allocate(login: TurnLogin): Promise<TurnAnswer> {
    return this.#ask("allocate", [attribute("requestedTransport", UDP)], login);
  }

  /** Asks to keep the address that it was granted. */
  refresh(login: TurnLogin, seconds = 600): Promise<TurnAnswer> {
    const lifetime = Buffer.alloc(4);
    lifetime.writeUInt32BE(seconds);
    return this.#ask("refresh", [attribute("lifetime", lifetime)], login);
  }

  close(): void {
    this.#socket.close();
  }

  /** A server names realm and nonce when it refuses, and may want another nonce at any time. */
  async #ask(method: Method, attributes: readonly Buffer[], login: TurnLogin): Promise<TurnAnswer> {
    if (this.#nonce.length === 0) await this.#exchange(method, attributes, undefined);
    const answer = await this.#exchange(method, attributes, login);
    return answer === STALE_NONCE ? this.#exchange(method, attributes, login) : answer;
  }

  async #exchange(method: Method, attributes: readonly Buffer[], login: TurnLogin | undefined): Promise<TurnAnswer> {
    const transaction = randomBytes(12);
    const proof = login ? [...attributes, ...this.#loginOf(login)] : attributes;
    const request = login ? this.#signed(method, transaction, proof, login) : message(method, transaction, proof);
    const answer = readMessage(await this.#roundTrip(request, transaction));
    const code = answer.get(ATTRIBUTES.errorCode);
    if (!code) return "granted";
    const number = (code[2] ?? 0) * 100 + (code[3] ?? 0);
    if (number === UNAUTHORIZED || number === STALE_NONCE) {
      this.#realm = answer.get(ATTRIBUTES.realm) ?? this.#realm;
      this.#nonce = answer.get(ATTRIBUTES.nonce) ?? this.#nonce;
    }
    return number;
  }

  #loginOf({ username }: TurnLogin): Buffer[] {
    return [
      attribute("username", Buffer.from(username)),
      attribute("realm", this.#realm),
      attribute("nonce", this.#nonce),
    ];
  }

  /** The message with its integrity, whose key is that of long-term credentials. */
  #signed(method: Method, transaction: Buffer, attributes: readonly Buffer[], login: TurnLogin): Buffer {
    const key = createHash("md5").update(`${login.username}:${this.#realm}:${login.credential}`).digest();
    const unsigned = message(method, transaction, [...attributes, attribute("messageIntegrity", Buffer.alloc(20))]);
    const upToIntegrity = unsigned.subarray(0, unsigned.length - 24);
    createHmac("sha1", key)
      .update(upToIntegrity)
      .digest()
      .copy(unsigned, unsigned.length - 20);
    return unsigned;
  }

  async #roundTrip(request: Buffer, transaction: Buffer): Promise<Buffer> {
    for (let tries = 0; tries < TRIES; tries++) {
      this.#socket.send(request, this.#port, "127.0.0.1");
      const signal = AbortSignal.timeout(RETRANSMIT_MS);
      const [answer] = (await once(this.#socket, "message", { signal }).catch(() => [])) as Buffer[];
      if (answer?.subarray(8, HEADER).equals(transaction)) return answer;
    }
    throw new Error(`no TURN server answers at 127.0.0.1:${this.#port}`);
  }
}

/** Each method is below 16, where a request's type is the method itself. */
function message(method: Method, transaction: Buffer, attributes: readonly Buffer[]): Buffer {
  const body = Buffer.concat(attributes);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(METHODS[method]);
  header.writeUInt16BE(body.length, 2);
  header.writeUInt32BE(COOKIE, 4);
  return Buffer.concat([header, transaction, body]);
}

function attribute(type: keyof typeof ATTRIBUTES, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(ATTRIBUTES[type]);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(padding(value.length))]);
}

function readMessage(text: Buffer): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = HEADER; at + 4 <= text.length; ) {
    const length = text.readUInt16BE(at + 2);
    attributes.set(text.readUInt16BE(at), text.subarray(at + 4, at + 4 + length));
    at += 4 + length + padding(length);
  }
  return attributes;
}

/** Attributes end at a multiple of four bytes. */
function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}
