import { DAY } from "../schedule";

/**
 * Home Assistant renews a certificate 25 days before its end and checks once a day (hass-nabucasa, remote.py,
 * `RENEW_IF_EXPIRES_DAYS`). A few more days pass before the renewal counts as late, because the certificate authority
 * may be down.
 */
const DUE = 25 * DAY;
const PATIENCE = 4 * DAY;
/** Certificates with a shorter life are renewed by other rules. */
const LONG_LIVED = 60 * DAY;

export type Expiry = "fine" | "late" | "expired";

/**
 * Whether a certificate's renewal is late, which may mean that the instance's tunnel or its renewal is broken.
 * @param certificate - times in milliseconds since 1970
 */
export function expiryOf(certificate: { readonly notBefore: number; readonly notAfter: number }, now: number): Expiry {
  const { notBefore, notAfter } = certificate;
  if (now >= notAfter) return "expired";
  return notAfter - notBefore >= LONG_LIVED && notAfter - now < DUE - PATIENCE ? "late" : "fine";
}
