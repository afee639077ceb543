// The STUN and TURN servers that a client is given, in whichever protocol it asks.

/** Arrays that can be changed, as those of the browsers' RTCIceServer can: it is to be assignable. */
export interface IceServer {
  urls: string[];
  /** Only with TURN, as is the credential. */
  username?: string;
  credential?: string;
}

/** To be used as the `iceServers` of an RTCConfiguration; empty where the service has none. */
export interface IceServers {
  readonly iceServers: IceServer[];
  /** ISO date until which a TURN server takes the credential for something new. */
  readonly expires: string;
  /** Seconds until then. */
  readonly ttl: number;
}
