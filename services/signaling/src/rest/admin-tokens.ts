// The tokens that admins show: several, so that one can be replaced while the other still counts.
import { createHash, timingSafeEqual } from "node:crypto";

/** A bearer token (RFC 6750, section 2.1) that nobody finds by trying. */
const TOKEN = /^(?=.{32,512}$)[\w.~+/-]+=*$/;

/** @param list tokens separated by commas; none if it is empty @returns undefined if one can't be used */
export function readAdminTokens(list: string): readonly string[] | undefined {
  if (list.trim() === "") return [];
  const tokens = list.split(",").map((token) => token.trim());
  return tokens.every((token) => TOKEN.test(token)) ? tokens : undefined;
}

export class AdminTokens {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digest);
  }

  /** Takes the same time whichever of them it is, if any. */
  include(shown: string): boolean {
    const found = digest(shown);
    // No short cut: all are looked at.
    return this.#digests.filter((known) => timingSafeEqual(known, found)).length > 0;
  }
}

/** Of one length whatever the token's, so that comparing takes the same time. */
function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
