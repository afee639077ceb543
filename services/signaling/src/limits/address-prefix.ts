// What counts as one address: an IPv4 address, or the /64 of an IPv6 one, as a single host has all of that.
import ipaddr from "ipaddr.js";

const HOST_BYTES = 8;

/** @param address as `addressOf` tells it @returns what is no address as it is: it is nobody else's */
export function prefixOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const bytes = parsed.toByteArray().fill(0, HOST_BYTES);
  return `${new ipaddr.IPv6(bytes).toString()}/64`;
}
