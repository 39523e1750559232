// The only two places outside the house that are ever asked, and only where the user has agreed to it.
import browser from "webextension-polyfill";
import { consentFor, SECOND_SERVICE, SERVICE, type Service } from "../core/paging";
import type { Failure } from "../core/record";
import { err, ok, type Result } from "../core/result";
import { retryAtOf } from "../core/schedule";

export const hasConsent = (service: Service): Promise<boolean> => browser.permissions.contains(consentFor(service));

/** Gives back what no house needs any more. */
export async function withdrawConsent(): Promise<void> {
  for (const service of [SERVICE, SECOND_SERVICE] as const) await browser.permissions.remove(consentFor(service));
}

/** A second opinion is asked for once: its host is given back, and what the daily look needs stays. */
export const withdrawSecond = (): Promise<boolean> =>
  browser.permissions.remove({ origins: consentFor(SECOND_SERVICE).origins });

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
      ...{ credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", redirect: "manual", signal },
      headers: { Accept: expected ?? "*/*" },
    });
    if (response.type === "opaqueredirect") return failure("redirected");
    const retryAt = retryAtOf(response.headers.get("Retry-After"), at);
    const status = { status: response.status, ...(retryAt === undefined ? {} : { retryAt }) };
    if (response.status === 429) return failure("rate-limited", status);
    if (response.status !== 200) return failure("status", status);
    const type = response.headers.get("Content-Type") ?? "";
    if (expected !== undefined && !type.toLowerCase().startsWith(expected)) return failure("wrong-type");
    const text = await readWithin(response, MAX_BYTES);
    return text === undefined ? failure("too-large") : ok(text);
  } catch {
    return failure(signal.aborted ? "timeout" : "unreachable");
  }
}

/** @returns `undefined` where there is more of it than `limit` bytes: the rest is not taken */
async function readWithin(response: Response, limit: number): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
