// Socket.IO's parser with a limit: what is too large is refused by size, before its JSON is looked at.
import { type Packet, PacketType, Decoder as StockDecoder, Encoder as StockEncoder } from "socket.io-parser";

/** Stands in an event for a message that was not parsed. No client can make one: it is no JSON. */
export class TooLargeMessage {
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }
}

/** Text of messages, in bytes, without Socket.IO's own framing. */
export class Traffic {
  received = 0;
  sent = 0;
  /** Of the message that is being handed over. */
  latest = 0;
}

/** What Socket.IO puts around a message's JSON: an event starts with the digit 2. */
const FRAMING = '2["jsongle",]'.length;
const EVENT_DIGIT = "2".charCodeAt(0);
const NO_BYTES = Buffer.alloc(0);

export function boundedParser(maxMessageBytes: number, traffic: Traffic) {
  const tooLarge = new TooLargeMessage(maxMessageBytes);

  class Decoder extends StockDecoder {
    override add(chunk: unknown): void {
      const bytes = sizeOf(chunk) - FRAMING;
      if (isEvent(chunk)) traffic.received += Math.max(0, bytes);
      traffic.latest = bytes;
      if (bytes <= maxMessageBytes) super.add(chunk);
      // The message that waits for the attachment is complete without its bytes: binary data is refused anyway.
      else if (typeof chunk !== "string") super.add(NO_BYTES);
      else this.emitReserved("decoded", { type: PacketType.EVENT, nsp: "/", data: ["jsongle", tooLarge] });
    }
  }

  class Encoder extends StockEncoder {
    override encode(packet: Packet): string[] {
      const encoded: string[] = super.encode(packet);
      for (const text of encoded) if (isEvent(text)) traffic.sent += sizeOf(text) - FRAMING;
      return encoded;
    }
  }

  return { Encoder, Decoder };
}

function isEvent(chunk: unknown): boolean {
  return typeof chunk === "string" && chunk.charCodeAt(0) === EVENT_DIGIT;
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return ArrayBuffer.isView(chunk) ? chunk.byteLength : 0;
}
