// A typed JSONgle connection for browsers and Node.
export {
  type ConnectSettings,
  connectJsongle,
  JsongleConnection,
  JsongleError,
  type Received,
} from "./jsongle-connection.ts";
