// A client that remembers all it was told, over the real wire.
import { randomUUID } from "node:crypto";
import { type ConnectSettings, connectJsongle, type JsongleConnection, type Received } from "@jongleur/client";
import type { JsonObject } from "@jongleur/protocol";
import { eventually } from "./eventually.ts";
import { APP_TOKEN } from "./pod.ts";

export interface Party extends JsongleConnection {
  readonly uid: string;
  /** All messages since hello was accepted, in the order in which they came. */
  readonly heard: readonly Received[];
  /** Waits until a message that fits has come, now or earlier. */
  readonly hears: (fits: (message: Received) => boolean) => Promise<Received>;
  readonly join: (rid: string) => Promise<JsonObject>;
  readonly joinMuc: (rid: string) => Promise<JsonObject>;
}

type Options = Partial<Omit<ConnectSettings, "url" | "identity">>;

/** Connects over WebSocket, unless the options say otherwise, as the user given or a new one. */
export async function connect(
  url: string,
  uid: string = `user-${randomUUID()}`,
  options: Options = {},
): Promise<Party> {
  const { options: transport, ...rest } = options;
  const connection = await connectJsongle({
    url,
    appToken: APP_TOKEN,
    identity: { uid, dn: `Name of ${uid}` },
    options: { transports: ["websocket"], ...transport },
    ...rest,
  });
  const heard: Received[] = [];
  connection.listen((message) => heard.push(message));
  const hears = async (fits: (message: Received) => boolean) => {
    const find = () => heard.find(fits);
    await eventually(() => {
      if (!find()) throw new Error(`${uid} was not told; it heard ${JSON.stringify(heard)}`);
    });
    return find() as Received;
  };
  const join = (rid: string) => connection.request("session-join", { rid });
  const joinMuc = (rid: string) => connection.request("muc-join", { rid });
  return Object.assign(connection, { uid, heard, hears, join, joinMuc });
}

/**
 * Waits until all that was said to a party before is there: the server answers in order, so once it has
 * answered this, nothing earlier is under way to the party any more.
 */
export async function settle(...parties: readonly Party[]): Promise<void> {
  for (const party of parties) await party.request("nothing-like-it", {}).catch(() => undefined);
}

export const action = (name: string) => (message: Received) => message.jsongle.action === name;
export const event = (name: string) => (message: Received) =>
  message.jsongle.action === "session-event" && message.jsongle.event === name;

/** The errorCode of a session-error or iq-error, undefined for any other message. */
export function errorCode({ jsongle }: Received): unknown {
  const { description } = jsongle;
  return typeof description === "object" && description !== null && "errorCode" in description
    ? description.errorCode
    : undefined;
}
