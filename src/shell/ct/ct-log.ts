// Asks the services that read the public certificate logs, with the user's consent only (`core/hosts.ts`).
import browser from "webextension-polyfill";
import { CRT_SH, CERT_SPOTTER } from "../../core/hosts";
import { consentFor, type Service } from "../../core/ct/paging";
import type { Failure } from "../../core/ct/ct-state";
import { err, ok, type Result } from "../../core/result";
import { retryAtOf } from "../../core/schedule";
import { boundedText } from "../bounded-body";

export const hasConsent = (service: Service): Promise<boolean> => browser.permissions.contains(consentFor(service));

/** Gives back what no instance needs any more. */
export async function withdrawConsent(): Promise<void> {
  for (const service of [CERT_SPOTTER, CRT_SH] as const) await browser.permissions.remove(consentFor(service));
}

/** A second opinion is asked for once: its host is given back, and what the daily query needs stays. */
export const withdrawSecond = (): Promise<boolean> =>
  browser.permissions.remove({ origins: consentFor(CRT_SH).origins });

/** Shorter than the half minute without any call after which Firefox ends the background, whatever it waits for. */
const TIMEOUT = 20_000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Asks a public log service for one answer. Never throws.
 * Sent are the address and what every request of Firefox says of itself: no cookie, no referrer, no origin.
 * @param expected - the type an answer must have
 * @returns the answer's text; anything else is a failure with its reason
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
