// WebSockets that take turns: who sends hundreds of messages in one piece does not keep all others waiting until they are handled.
import { type ServerOptions, WebSocketServer } from "ws";

/** By itself ws hands over all messages of what it has read, up to 64 KB, at once; so, one at a time, and looks at the others in between. */
export class FairWebSocketServer extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ ...options, allowSynchronousEvents: false });
  }
}
