import { describe, it, expect } from "vitest";
import { type StatusAdvice, adviceFor } from "../../../src/core/pin/certificate-status";

describe("the advice for a certificate's status", () => {
  /** Every member of `CertificateStatus` in hass_nabucasa/const.py (version 2.3), and what the versions before it had. */
  const STATES: Readonly<Record<StatusAdvice, readonly string[]>> = {
    settled: ["ready", "loaded", "initial_loaded", "renewal_loaded"],
    starting: ["loading", "validating"],
    underway: [
      "generating",
      "initial_generating",
      "renewal_generating",
      "csr_generating",
      "certificate_finalizing",
      "acme_account_creating",
      "acme_account_created",
      "challenge_pending",
      "challenge_created",
      "challenge_dns_updating",
      "challenge_dns_updated",
      "challenge_dns_propagating",
      "challenge_answering",
      "challenge_answered",
      "challenge_cleanup",
      "no_certificate",
    ],
    due: ["expiring_soon"],
    failed: [
      "error",
      "renewal_failed",
      "initial_cert_error",
      "certificate_finalization_failed",
      "challenge_answer_failed",
      "challenge_dns_failed",
      "challenge_unexpected_error",
    ],
    domain: ["domain_validation_failed"],
    expired: ["expired"],
    unusable: ["certificate_load_error", "ssl_context_error"],
    unknown: ["unknown", "a state of a later version", "", "constructor"],
  };
  it.each(Object.entries(STATES).flatMap(([advice, states]) => states.map((state) => [state, advice])))(
    "%s is %s",
    (state, advice) => {
      expect(adviceFor(state)).toBe(advice);
    },
  );
});
