// MSE, JSON-RPC 2.0 over a WebSocket, for both sides: what clients say, and what a server makes of it.
export * from "./answers.ts";
export type { ChatCommand, MseCommand, RelayedCommand, SignalCommand } from "./commands.ts";
export { isRelayedCommand } from "./commands.ts";
export * from "./errors.ts";
export type { MessageGuard } from "./guard.ts";
export * from "./messages.ts";
export * from "./parse.ts";
export * from "./relay.ts";
export * from "./request-adapter.ts";
export * from "./request-factory.ts";
export * from "./response-adapter.ts";
export * from "./response-factory.ts";
export * from "./room.ts";
