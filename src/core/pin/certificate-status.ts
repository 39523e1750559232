// What Home Assistant's status of its remote certificate means to the reader.

/**
 * - `settled`: the certificate is in use.
 * - `starting`: Home Assistant is loading or checking it.
 * - `underway`: a certificate is being issued, which takes minutes.
 * - `due`: a renewal is due and starts automatically within a day.
 * - `failed`: issuing failed; Home Assistant tries again once a day.
 * - `domain`: the DNS records of the custom domain are wrong.
 * - `expired`: the certificate has expired.
 * - `unusable`: Home Assistant can't use its files, and makes a new key.
 * - `unknown`: no status, or one of a version that Latchkey doesn't know.
 */
export type StatusAdvice =
  "settled" | "starting" | "underway" | "due" | "failed" | "domain" | "expired" | "unusable" | "unknown";

/**
 * `CertificateStatus` in hass_nabucasa/const.py, version 2.3, as its docs/certificate_status.md explains it. Versions
 * before July 2025 have only `error`, `generating`, `loaded`, `loading` and `ready`.
 */
const ADVICE: ReadonlyMap<string, StatusAdvice> = new Map<string, StatusAdvice>([
  ["ready", "settled"],
  ["loaded", "settled"],
  ["initial_loaded", "settled"],
  ["renewal_loaded", "settled"],
  ["loading", "starting"],
  ["validating", "starting"],
  ["no_certificate", "underway"],
  ["generating", "underway"],
  ["initial_generating", "underway"],
  ["renewal_generating", "underway"],
  ["csr_generating", "underway"],
  ["acme_account_creating", "underway"],
  ["acme_account_created", "underway"],
  ["challenge_pending", "underway"],
  ["challenge_created", "underway"],
  ["challenge_dns_updating", "underway"],
  ["challenge_dns_updated", "underway"],
  ["challenge_dns_propagating", "underway"],
  ["challenge_answering", "underway"],
  ["challenge_answered", "underway"],
  ["challenge_cleanup", "underway"],
  ["certificate_finalizing", "underway"],
  ["expiring_soon", "due"],
  ["error", "failed"],
  ["renewal_failed", "failed"],
  ["initial_cert_error", "failed"],
  ["certificate_finalization_failed", "failed"],
  ["challenge_answer_failed", "failed"],
  ["challenge_dns_failed", "failed"],
  ["challenge_unexpected_error", "failed"],
  ["domain_validation_failed", "domain"],
  ["expired", "expired"],
  ["certificate_load_error", "unusable"],
  ["ssl_context_error", "unusable"],
]);

/**
 * Total: every text has advice.
 * @param status - `remote_certificate_status`, or `unknown` if Home Assistant says null
 */
export const adviceFor = (status: string): StatusAdvice => ADVICE.get(status) ?? "unknown";
