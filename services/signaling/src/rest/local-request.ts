// Whether a request was made by somebody on the pod's own machine, and not by a proxy or a web page there.
import type { IncomingMessage } from "node:http";

const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;

/** As `Host` writes it. A name that anybody could point to 127.0.0.1 (DNS rebinding) is none of them. */
const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/** What proxies add. One that adds nothing can't be told from its clients. */
const FORWARDED = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"] as const;

/** Sent by browsers: `none` for an address that was typed in. */
const OWN_SITES: readonly unknown[] = [undefined, "none", "same-origin"];

/** @returns what is against it; undefined if nothing is */
export function whyNotLocal({ socket, headers }: IncomingMessage): string | undefined {
  if (!LOOPBACK.test(socket.remoteAddress ?? "")) return "it does not come over loopback (127.0.0.1, ::1)";
  const forwarded = FORWARDED.find((name) => headers[name] !== undefined);
  if (forwarded) return `it was passed on by a proxy (${forwarded})`;
  if (!LOCAL_HOST.test(headers.host ?? "")) return "its Host is neither localhost nor an address of loopback";
  if (headers.origin !== undefined) return "it was made by a web page (Origin)";
  if (!OWN_SITES.includes(headers["sec-fetch-site"])) return "it was made by a web page (Sec-Fetch-Site)";
  return undefined;
}
