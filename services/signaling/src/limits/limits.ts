// The limits of a pod, put together: what its gateways of both protocols ask before they let anything happen.
import type { Logger } from "@jongleur/runtime";
import type { Rejections } from "../rejections.ts";
import { AddressGate } from "./address-gate.ts";
import { AuthFailures, type CountFailure } from "./auth-failures.ts";
import { type AddressSettings, ClientAddresses } from "./client-addresses.ts";
import { MessageLimits, type MessageRateSettings } from "./message-limits.ts";
import { rateOf } from "./rate.ts";

export interface LimitSettings extends AddressSettings, MessageRateSettings {
  readonly maxConnectionsPerAddress: number;
  readonly connectionRate: string;
  readonly maxAuthFailures: number;
  readonly authFailureSeconds: number;
}

export interface LimitParts {
  readonly rejections: Rejections;
  readonly countShared: CountFailure | undefined;
  readonly logger: Logger;
}

export interface Limits {
  readonly addresses: ClientAddresses;
  readonly failures: AuthFailures;
  readonly gate: AddressGate;
  readonly messageLimits: MessageLimits;
}

const now = () => performance.now();

export function openLimits(settings: LimitSettings, { rejections, countShared, logger }: LimitParts): Limits {
  const addresses = new ClientAddresses(settings);
  const failures = new AuthFailures({
    most: settings.maxAuthFailures,
    windowSeconds: settings.authFailureSeconds,
    isLimited: (address) => addresses.isLimited(address),
    countShared,
    now,
  });
  const gate = new AddressGate({
    addresses,
    failures,
    rejections,
    logger,
    mostConnections: settings.maxConnectionsPerAddress,
    connectionRate: rateOf(settings.connectionRate),
    now,
  });
  return { addresses, failures, gate, messageLimits: new MessageLimits(settings, rejections, now) };
}
