// Under which address others reach this machine, if nobody has said so.
import { networkInterfaces } from "node:os";

/** The first that leads out of the machine, IPv4 before IPv6; loopback if there is none. */
export function ownAddress(): string {
  const outward = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"));
  const [first] = outward.toSorted((one, other) => one.family.localeCompare(other.family));
  return first?.address ?? "127.0.0.1";
}

export function urlOf(host: string, port: number, secure: boolean): string {
  return `${secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
