// Asks the services that read the public certificate logs, only with the user's consent (`core/hosts.ts`).
import browser from "webextension-polyfill";
import { CRT_SH, CERT_SPOTTER } from "../../core/hosts";
import { consentFor, type Service } from "../../core/ct/paging";
import type { Failure } from "../../core/ct/ct-state";
import { err, ok, type Result } from "../../core/result";
import { retryAtOf } from "../../core/schedule";
import { boundedText } from "../bounded-body";

export const hasConsent = (service: Service): Promise<boolean> => browser.permissions.contains(consentFor(service));

/** Gives the permissions back that no instance needs any more. */
export async function withdrawConsent(): Promise<void> {
  for (const service of [CERT_SPOTTER, CRT_SH] as const) await browser.permissions.remove(consentFor(service));
}

/** A second opinion is asked for once, then its host is given back. The permissions of the daily query stay. */
export const withdrawSecond = (): Promise<boolean> =>
  browser.permissions.remove({ origins: consentFor(CRT_SH).origins });

/** Firefox ends the background after 30 s without any call, whatever it waits for. This timeout is shorter. */
const TIMEOUT = 20_000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Asks a public log service once. Never throws.
 * The request carries the address and Firefox's usual headers, but no cookie, referrer or origin.
 * @param expected - the type that a response must have
 * @returns the text of the response; anything else is a failure with its reason
 */
export async function askLog(url: string, expected?: "application/json"): Promise<Result<string, Failure>> {
  const at = Date.now();
  const failure = (reason: Failure["reason"], more: Partial<Failure> = {}): Result<string, Failure> =>
    err({ at, reason, ...more });
  const signal = AbortSignal.timeout(TIMEOUT);
  try {
    const response = await fetch(url, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      redirect: "manual",
      signal,
      headers: { Accept: expected ?? "*/*" },
    });
    if (response.type === "opaqueredirect") return failure("redirected");
    const retryAt = retryAtOf(response.headers.get("Retry-After"), at);
    const status = { status: response.status, ...(retryAt === undefined ? {} : { retryAt }) };
    if (response.status === 429) return failure("rate-limited", status);
    if (response.status !== 200) return failure("status", status);
    const type = response.headers.get("Content-Type") ?? "";
    if (expected !== undefined && !type.toLowerCase().startsWith(expected)) return failure("wrong-type");
    const text = await boundedText(response, MAX_BYTES);
    return text === undefined ? failure("too-large") : ok(text);
  } catch {
    return failure(signal.aborted ? "timeout" : "unreachable");
  }
}
