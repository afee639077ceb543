import { expect, test } from "vitest";
import { buildChatOfText, buildTextOfChat } from "./chat.ts";
import type { JsonObject } from "./json.ts";
import type { RelayedAction } from "./jsongle/actions.ts";
import type { RelayedMethod } from "./mse/messages.ts";

const said = (description: JsonObject, action: RelayedAction = "session-text") => ({
  id: "m",
  from: "r/u1",
  jsongle: { action, namespace: "muc", description },
});
const call = (method: RelayedMethod, params: JsonObject) => ({ id: "m", relayed: "now", mse: { method, params } });
const MUC = { rid: ":r", kind: "muc" } as const;

test("a text becomes a chat for all, from its sender", () => {
  expect(buildChatOfText(said({ content: "hi", text: "no", sent: "earlier", attachment: { a: 1 } }), "u1")).toEqual({
    id: null,
    method: "chat",
    jsonrpc: "2.0",
    params: { to: [], message: "hi", attachment: { a: 1 }, from: "u1" },
  });
  expect(buildChatOfText(said({ content: 7, text: "hi" }), "u1")?.params.message).toBe("hi");
});

test.each([
  said({ content: "" }, "session-custom"),
  said({ content: ["hi"] }),
  said({}),
  said({ content: "hi" }, "session-propose"),
])("what is no text has no words in MSE: %j", (message) => {
  expect(buildChatOfText(message, "u1")).toBeUndefined();
});

test("a chat becomes a text as it is said in its room, whoever it claims to be from", () => {
  const chat = call("chat", { to: ["u2"], message: "hi", attachment: [1], from: "mallory" });
  const jsongle = {
    action: "session-text",
    description: { content: "hi", attachment: [1], sent: "now", relayed: "now" },
  };
  expect(buildTextOfChat(chat, "u1", MUC)).toEqual({
    id: "m",
    from: ":r/u1",
    jsongle: { ...jsongle, namespace: "muc" },
  });
  expect(buildTextOfChat(chat, "u1", { rid: "r", kind: "room" })).toEqual({
    id: "m",
    from: "r",
    jsongle: { ...jsongle, namespace: "room" },
  });
});

test("no call of MSE becomes anything else", () => {
  expect(buildTextOfChat(call("sdpOffer", { offer: "o" }), "u1", MUC)).toBeUndefined();
});
