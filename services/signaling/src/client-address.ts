// Where a client is: its socket says so, or the proxies in between if they are trusted.
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

const BITS = { 4: 32, 6: 128 } as const;

/** @param list addresses and CIDR ranges, separated by commas @returns undefined if one can't be read */
export function readProxies(list: string): BlockList | undefined {
  const proxies = new BlockList();
  for (const range of list.split(",").map((part) => part.trim())) {
    if (range !== "" && !addRange(proxies, range)) return undefined;
  }
  return proxies;
}

/**
 * Proxies add the address of their peer at the end of `X-Forwarded-For`. So it is read from there, as far as trusted
 * proxies go: what stands before the first other address may be anybody's invention.
 */
export function addressOf({ socket, headers }: IncomingMessage, proxies: BlockList): string {
  let address = plain(socket.remoteAddress ?? "");
  const forwarded = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",").reverse();
  for (const hop of forwarded.map((part) => plain(part.trim()))) {
    if (!isTrusted(address, proxies) || !isIP(hop)) break;
    address = hop;
  }
  return address;
}

function addRange(proxies: BlockList, range: string): boolean {
  const [address = "", length] = range.split("/");
  const family = isIP(address);
  if (family !== 4 && family !== 6) return false;
  const bits = length === undefined ? BITS[family] : Number(length);
  if (!/^\d+$/.test(length ?? "0") || bits > BITS[family]) return false;
  proxies.addSubnet(address, bits, `ipv${family}`);
  return true;
}

/** Whether an address is that of a proxy that is believed. */
export function isTrusted(address: string, proxies: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && proxies.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** A socket that serves both families shows IPv4 addresses as IPv6 ones. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
