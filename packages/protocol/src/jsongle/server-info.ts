// What a server says of itself in its hello, and how a client finds the pod in it.

const POD = /, at pod (\S+)$/;

/** The `info` of a session-hello. @param pod its name, without blanks */
export function serverInfo(pod: string): string {
  return `Jongleur, horizontally scalable WebRTC signaling, at pod ${pod}`;
}

/** The pod that a server's `info` names; undefined if it names none, as other servers' don't. */
export function podOf(info: unknown): string | undefined {
  return typeof info === "string" ? POD.exec(info)?.[1] : undefined;
}
