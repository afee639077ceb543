// Which request or notification a text or an object holds; with valid parameters, and with an id or without.
import { readCommand } from "./commands.ts";
import { readEnvelope } from "./envelope.ts";
import { guardOf, type MessageGuard } from "./guard.ts";
import type { MseMethod, MseRequest } from "./messages.ts";

export const RequestAdapter = {
  ping: requestGuard("ping"),
  auth: requestGuard("auth"),
  start: requestGuard("start"),
  whoami: requestGuard("whoami"),
  iceServers: requestGuard("iceServers"),
  iceCandidate: requestGuard("iceCandidate"),
  sdpOffer: requestGuard("sdpOffer"),
  sdpAnswer: requestGuard("sdpAnswer"),
  disconnect: requestGuard("disconnect"),
  chat: requestGuard("chat"),
} as const satisfies { readonly [Method in MseMethod]: MessageGuard<MseRequest<Method>> };

function requestGuard<Method extends MseMethod>(method: Method): MessageGuard<MseRequest<Method>> {
  return guardOf((value) => {
    const envelope = readEnvelope(value);
    return envelope?.method === method && !("error" in readCommand(envelope));
  });
}
