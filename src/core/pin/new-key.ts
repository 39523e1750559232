// Whether a certificate with a new key looks like a renewal of the pinned one. It never counts as a renewal for that
// reason.
import type { Certificate, Handshake } from "../tls/certificate";
import type { Last, Pin } from "./pin";
import { DAY } from "../schedule";

export interface LikelyRenewal {
  /** The pin whose certificate it would renew. */
  readonly pin: Pin;
  /** Issued when the old certificate expired, or when its renewal was due. */
  readonly when: "end" | "renewal";
}

/**
 * How long before its end a certificate is renewed. 30 days: certbot, acme.sh, Traefik. 25 days: Home Assistant Cloud
 * (hass-nabucasa, remote.py, `RENEW_IF_EXPIRES_DAYS`). A third of its life: Caddy, and certbot for short lives.
 */
const renewalsOf = ({ notBefore, notAfter }: Last): number[] => [
  notAfter - 30 * DAY,
  notAfter - 25 * DAY,
  notAfter - (notAfter - notBefore) / 3,
];

const isWithinADay = (one: number, other: number): boolean => Math.abs(one - other) <= DAY;

const organizationOf = (name: string): string | undefined => /(?:^|,\s*)O=("[^"]*"|[^,]*)/u.exec(name)?.[1];

/** The pin's own root, or a public one with the same organization in the issuer: authorities change intermediates. */
function isSameAuthority({ leaf, anchor }: Handshake, pin: Pin, last: Last): boolean {
  if (anchor.kind === "unknown") return false;
  if (anchor.root.sha256 === pin.confirmed?.root) return true;
  const organization = organizationOf(leaf.issuer);
  return anchor.kind !== "added" && organization !== undefined && organization === organizationOf(last.issuer);
}

const whenOf = ({ notBefore }: Certificate, last: Last): LikelyRenewal["when"] | undefined => {
  if (isWithinADay(notBefore, last.notAfter)) return "end";
  return renewalsOf(last).some((at) => isWithinADay(notBefore, at)) ? "renewal" : undefined;
};

/**
 * Whether a certificate that matches no pin looks like a renewal with a new key. The same authority must have signed
 * it, within a day of the old certificate's end or of its usual renewal. An attacker who controls the domain's DNS can
 * get exactly such a certificate. So this explains a warning and never ends one.
 * @param handshake - what was seen
 * @param pins - the address's, as they were when it was seen
 * @returns `undefined` if it doesn't, or if too little is known of the old certificate
 */
export function likelyRenewal(handshake: Handshake, pins: readonly Pin[]): LikelyRenewal | undefined {
  if (handshake.override !== undefined) return undefined;
  for (const pin of pins) {
    const last = pin.confirmed?.last;
    if (last === undefined || pin.confirmed?.spki === handshake.leaf.spki) continue;
    const when = isSameAuthority(handshake, pin, last) ? whenOf(handshake.leaf, last) : undefined;
    if (when !== undefined) return { pin, when };
  }
  return undefined;
}
