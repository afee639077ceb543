// How long a shared secret has to be: a shorter one can be found out from a single token, without asking anybody.

/** As many bytes as HS256 makes of it (RFC 7518, section 3.2). */
const LEAST_BYTES = 32;

/** An empty one is no secret at all: nobody's token is good then. */
export function isShortSecret(secret: string | undefined): boolean {
  return secret !== undefined && secret !== "" && Buffer.byteLength(secret) < LEAST_BYTES;
}
