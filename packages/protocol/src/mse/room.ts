// The room that a token names, in the one name space of rooms that both protocols share.

const ESCAPES: Readonly<Record<string, string>> = { "%": "%25", ":": "%3A" };

/** Two tokens name the same room only if domain and roomId are both equal; no domain is the empty domain. */
export function roomOf(domain: string | undefined, roomId: string): string {
  const escaped = (domain ?? "").replace(/[%:]/g, (char) => ESCAPES[char] ?? char);
  return `${escaped}:${roomId}`;
}
