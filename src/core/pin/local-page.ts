import * as z from "zod/mini";
import { ADDRESS, parseAddress } from "../address";
import { FINGERPRINT } from "../tls/fingerprint";
import { parseFingerprint } from "../tls/fingerprint-text";
import { err, ok, type Result } from "../result";
import { VERSION_TEXT } from "../version/version-state";

/**
 * What the script in a page returns. Any page may return anything, so it is untrusted. `status` is Home Assistant's
 * reply to `cloud/status`, reduced to the fields named here (core: components/cloud/http_api.py, `_account_data`).
 */
const CERTIFICATE = z.object({
  fingerprint: z.string().check(z.maxLength(200)),
  expire_date: z.string().check(z.maxLength(100)),
  /** Since the core of August 2023. */
  alternative_names: z.optional(z.nullable(z.array(z.string().check(z.maxLength(255))).check(z.maxLength(100)))),
});
const STATUS = z.object({
  logged_in: z.boolean(),
  remote_enabled: z.optional(z.nullable(z.boolean())),
  remote_domain: z.optional(z.nullable(z.string().check(z.maxLength(255)))),
  /** Since the core of March 2023. */
  remote_certificate_status: z.optional(z.nullable(z.string().check(z.maxLength(100)))),
  remote_certificate: z.optional(z.nullable(CERTIFICATE)),
});
const ANSWER = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("status"), status: STATUS, version: z.optional(z.unknown()) }),
  z.object({ kind: z.literal("not-home-assistant") }),
  z.object({ kind: z.literal("login") }),
  z.object({ kind: z.literal("loading") }),
  z.object({ kind: z.literal("no-cloud") }),
  z.object({ kind: z.literal("timeout") }),
]);

/** Why a page reported nothing that could be pinned. */
export type LocalPageError =
  | {
      readonly code:
        | "local-not-home-assistant"
        | "local-login"
        | "local-loading"
        | "local-no-cloud"
        | "local-timeout"
        | "local-not-logged-in"
        | "local-no-remote"
        | "local-no-domain"
        | "local-no-certificate"
        | "local-malformed";
    }
  | { readonly code: "local-not-ready"; readonly status: string };

/** What an instance reports about its certificate. */
export const LOCAL_READING = z.strictObject({
  /** The instance's own host first, then every alternative name. */
  hosts: z.array(ADDRESS).check(z.minLength(1)),
  fingerprint: FINGERPRINT,
  /** When the certificate ends, in milliseconds since 1970. */
  expires: z.number(),
  /** Whether the core is new enough to report the certificate's other names. */
  namesTold: z.boolean(),
  /** Home Assistant's word for the certificate's state if it isn't "ready" (`certificate-status.ts`). */
  status: z.exactOptional(z.string()),
  /** Left out if remote access is on. If it is off, the certificate is reported but no connection can show it. */
  isRemoteOff: z.exactOptional(z.literal(true)),
  /** The core's version, as it writes it. */
  version: z.exactOptional(VERSION_TEXT),
});
export type LocalReading = z.infer<typeof LOCAL_READING>;

/**
 * Reads what a page returned. A reported certificate is accepted in any state, and also if remote access is off. The
 * report is about the file on Home Assistant's disk, and the first connection decides.
 * @param answer - the result of the script in the page
 */
export function parseLocalAnswer(answer: unknown): Result<LocalReading, LocalPageError> {
  const parsed = ANSWER.safeParse(answer);
  if (!parsed.success) return err({ code: "local-malformed" });
  if (parsed.data.kind !== "status") return err({ code: `local-${parsed.data.kind}` });
  const { status } = parsed.data;
  const version = VERSION_TEXT.safeParse(parsed.data.version);
  if (!status.logged_in) return err({ code: "local-not-logged-in" });
  const { remote_certificate: certificate, remote_certificate_status: state, remote_domain: domain } = status;
  const isRemoteOff = status.remote_enabled === false;
  if (typeof domain !== "string") return err({ code: isRemoteOff ? "local-no-remote" : "local-no-domain" });
  // A core that doesn't have the field sends nothing there; one that has it sends null while it starts.
  const said = state === undefined || state === "ready" ? undefined : (state ?? "unknown");
  if (certificate === undefined || certificate === null) {
    if (isRemoteOff) return err({ code: "local-no-remote" });
    return err(said === undefined ? { code: "local-no-certificate" } : { code: "local-not-ready", status: said });
  }

  const host = parseAddress(domain);
  const fingerprint = parseFingerprint(certificate.fingerprint);
  const expires = Date.parse(certificate.expire_date);
  if (!host.ok || !fingerprint.ok || Number.isNaN(expires)) return err({ code: "local-malformed" });
  const others = (certificate.alternative_names ?? []).map(parseAddress);
  const hosts = [host, ...others].flatMap((name) => (name.ok ? [name.value] : []));
  return ok({
    hosts: [...new Set(hosts)],
    fingerprint: fingerprint.value.fingerprint,
    expires,
    namesTold: Array.isArray(certificate.alternative_names),
    ...(said === undefined ? {} : { status: said }),
    ...(isRemoteOff ? { isRemoteOff } : {}),
    ...(version.success ? { version: version.data } : {}),
  });
}
