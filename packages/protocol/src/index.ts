// The wire protocols of Jongleur: types, parsers, builders and errors. Pure: runs in a browser and in Node.
export * from "./chat.ts";
export * from "./errors.ts";
export * from "./grants.ts";
export type { IceServer, IceServers } from "./ice.ts";
export { isJsonObject, type Json, type JsonObject } from "./json.ts";
export * from "./jsongle/actions.ts";
export * from "./jsongle/build.ts";
export { type KnownUser, readIdentity } from "./jsongle/hello.ts";
export * from "./jsongle/messages.ts";
export * from "./jsongle/moderation.ts";
export * from "./jsongle/parse.ts";
export { podOf, serverInfo } from "./jsongle/server-info.ts";
export * from "./mse/index.ts";
