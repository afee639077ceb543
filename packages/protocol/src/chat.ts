// A chat message of one protocol as members who speak the other receive it.
import type { RoomName } from "./jsongle/actions.ts";
import type { RelayedMessage, Unaddressed } from "./jsongle/messages.ts";
import type { MseNotification } from "./mse/messages.ts";
import { buildNotification, type MseRelay } from "./mse/relay.ts";

/** @param sender its uid @returns undefined for all that is no text: MSE has no words for it */
export function buildChatOfText({ jsongle }: Unaddressed<RelayedMessage>, sender: string): MseNotification | undefined {
  if (jsongle.action !== "session-text") return undefined;
  const { content, text, attachment } = jsongle.description;
  // Clients of JSONgle agree on no field; `content` is that of its own library.
  const message = typeof content === "string" ? content : text;
  if (typeof message !== "string") return undefined;
  return buildNotification("chat", { to: [], message, attachment, from: sender });
}

/** @param sender its uid @returns undefined for all that is no chat: calls between the protocols there are none */
export function buildTextOfChat(
  { id, relayed, mse }: MseRelay,
  sender: string,
  { rid, kind }: RoomName,
): Unaddressed<RelayedMessage> | undefined {
  if (mse.method !== "chat") return undefined;
  const { message, attachment } = mse.params;
  const description = { content: message, attachment, sent: relayed, relayed };
  const from = kind === "muc" ? `${rid}/${sender}` : rid;
  return { id, from, jsongle: { action: "session-text", namespace: kind, description } };
}
