// URLs of STUN servers (RFC 7064) and TURN servers (RFC 7065), as browsers take them.
import { isIPv4, isIPv6 } from "node:net";

const FORM = /^(stuns?|turns?):(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?(?:\?transport=(?:udp|tcp))?$/i;

/** @param list separated by commas @returns undefined if one is no URL of a STUN server */
export function readStunUrls(list: string): string[] | undefined {
  // With a transport, which only TURN has, a browser would refuse all the servers.
  return readUrls(list, (url) => /^stun/i.test(url) && !url.includes("?"));
}

/** @param list separated by commas @returns undefined if one is no URL of a TURN server */
export function readTurnUrls(list: string): string[] | undefined {
  return readUrls(list, (url) => /^turn/i.test(url));
}

function readUrls(list: string, isOfKind: (url: string) => boolean): string[] | undefined {
  if (list === "") return [];
  const urls = list.split(",").map((part) => part.trim());
  return urls.every((url) => isServerUrl(url) && isOfKind(url)) ? urls : undefined;
}

function isServerUrl(url: string): boolean {
  const [whole, , ipv6, name, port] = FORM.exec(url) ?? [];
  if (whole === undefined) return false;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  if (ipv6 !== undefined) return isIPv6(ipv6);
  // What looks like an IPv4 address has to be one.
  return !/^[\d.]+$/.test(name ?? "") || isIPv4(name ?? "");
}
