import type { Address } from "../address";
import type { Handshake } from "../tls/certificate";
import type { LocalReading } from "./local-page";
import { hasDigest, knowsKey, knowsLeaf, wasGiven, type Pin } from "./pin";

/** The certificate that the local page reports, compared with the pins and with the one at the remote address. */
export type Comparison =
  /** None of its hosts is pinned. */
  | { readonly kind: "new" }
  /** It reports what is pinned. `more` are hosts that the pin doesn't have yet. */
  | { readonly kind: "same"; readonly pin: Pin; readonly more: readonly Address[] }
  /** A renewal: the server presents the reported certificate, with the known key. It is accepted without asking. */
  | { readonly kind: "same-key"; readonly pin: Pin }
  /** The server presents the reported certificate, with a key that is new: the user decides. */
  | { readonly kind: "new-key"; readonly pin: Pin }
  /** The server presents the instance's known key with another leaf than the page reports: a renewal is under way. */
  | { readonly kind: "behind"; readonly pin: Pin }
  /** The server presents another certificate than the reported one, and it isn't pinned, or only on first use. */
  | { readonly kind: "other-leaf"; readonly pin: Pin; readonly seen: Handshake }
  /**
   * The server presents another pinned certificate of the name, as a proxy at home does. Nothing can be compared from
   * here.
   */
  | { readonly kind: "other-pin"; readonly pin: Pin }
  /** No response. The user can still pin it next to the old pin. */
  | { readonly kind: "unreachable"; readonly pin: Pin };

/**
 * The instance reports only the digest of its certificate, not its key. Only a connection can show whether the key is
 * the known one.
 * @param pins - those of the reported hosts; the first one of the instance's own host is compared
 * @param seen - what a probe made for this comparison showed; `undefined` if it got no answer
 */
export function compareLocal(reading: LocalReading, pins: readonly Pin[], seen: Handshake | undefined): Comparison {
  const [own] = reading.hosts;
  const first = pins.find(({ hosts }) => own !== undefined && hosts.includes(own)) ?? pins[0];
  if (first === undefined) return { kind: "new" };
  const same = pins.find((pin) => wasGiven(pin, reading.fingerprint));
  if (same !== undefined)
    return { kind: "same", pin: same, more: reading.hosts.filter((host) => !same.hosts.includes(host)) };
  if (seen === undefined) return { kind: "unreachable", pin: first };
  const ours = pins.find((pin) => knowsKey(pin, seen));
  if (hasDigest(seen, reading.fingerprint))
    return ours === undefined ? { kind: "new-key", pin: first } : { kind: "same-key", pin: ours };
  const known = ours ?? pins.find((pin) => knowsLeaf(pin, seen));
  // What was trusted on first use may be an attacker's: only the page at home could show that it isn't.
  if (known === undefined || known.source === "first-use") return { kind: "other-leaf", pin: first, seen };
  return known === first ? { kind: "behind", pin: known } : { kind: "other-pin", pin: first };
}

/** Whether {@link compareLocal} needs a check of the remote address first. */
export const needsProbe = (reading: LocalReading, pins: readonly Pin[]): boolean =>
  pins.length > 0 && !pins.some((pin) => wasGiven(pin, reading.fingerprint));
