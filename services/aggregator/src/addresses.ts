// Pods that are named by their addresses: each name stands for as many pods as it has addresses.
import { isIP } from "node:net";

/** Where a pod answers operators. */
export interface Address {
  /** Without a path, the host as an address. */
  readonly url: string;
  /** The name that was asked for, for its certificate; undefined for an address. */
  readonly name?: string;
}

/** All addresses of a name. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** @returns undefined if one is no URL of a host alone */
export function readAddresses(list: string): readonly URL[] | undefined {
  const texts = list.split(",").map((text) => text.trim());
  if (list === "") return [];
  const urls = texts.map((text) => (URL.canParse(text) ? new URL(text) : undefined)).filter((url) => url !== undefined);
  return urls.length === texts.length && urls.every(isPlain) ? urls : undefined;
}

function isPlain({ protocol, pathname, search, hash, username }: URL): boolean {
  return /^https?:$/.test(protocol) && pathname === "/" && `${search}${hash}${username}` === "";
}

/** What each name stands for just now. */
export class Addresses {
  readonly #urls: readonly URL[];
  readonly #lookup: Lookup;
  readonly #onFailed: (name: string, error: Error) => void;
  /** By name: a name server that does not answer does not make pods go. */
  readonly #known = new Map<string, readonly string[]>();

  constructor(urls: readonly URL[], lookup: Lookup, onFailed: (name: string, error: Error) => void) {
    this.#urls = urls;
    this.#lookup = lookup;
    this.#onFailed = onFailed;
  }

  async resolve(): Promise<readonly Address[]> {
    return (await Promise.all(this.#urls.map((url) => this.#resolveOne(url)))).flat();
  }

  async #resolveOne(url: URL): Promise<readonly Address[]> {
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host)) return [{ url: url.origin }];
    try {
      this.#known.set(host, await this.#lookup(host));
    } catch (error) {
      this.#onFailed(host, error as Error);
    }
    const addresses = this.#known.get(host) ?? [];
    return addresses.map((address) => ({ url: `${url.protocol}//${literal(address)}:${portOf(url)}`, name: host }));
  }
}

function literal(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === "https:" ? "443" : "80");
}
