// The page of one party: joins, takes the servers it is given, and makes a call that may only be relayed.
import { startCall } from "./call.js";
import { joinByJsongle } from "./jsongle.js";
import { joinByMse } from "./mse.js";

const JOINS = { jsongle: joinByJsongle, mse: joinByMse };

/** What the test calls, once the module has been loaded. */
window.party = {
  /** Takes its seat, and waits for calls. */
  async join({ protocol, ...where }) {
    this.signaling = await JOINS[protocol](where);
    const { iceServers } = await this.signaling.iceServers();
    this.call = await startCall(iceServers, this.signaling, document.querySelector("video"));
  },
};
