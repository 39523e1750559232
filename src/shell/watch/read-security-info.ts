import browser from "webextension-polyfill";
import type { Seen } from "../../core/tls/observation";
import { chainOf, readHandshake, type SecurityInfo } from "../../core/tls/security-info";
import { withTimeout } from "../with-timeout";

/** So long may Firefox take to tell of a certificate that it has at hand. */
const LIMIT = 2000;

export interface SecurityReading {
  readonly seen: Seen;
  /** Asked for before the listener answers, because afterwards Firefox gives nothing; empty where not wanted. */
  readonly chain: Promise<string[]>;
}

/**
 * Reads the certificate of a request in `onHeadersReceived`. Never rejects: what cannot be read is "nothing" with its
 * reason. Resolves when every call to Firefox that is needed has been started, so that the listener may answer.
 * @param wantsChain - decides by what was seen whether the whole chain is asked for in DER
 */
export async function readSecurityInfo(
  requestId: string,
  wantsChain: (seen: Seen) => boolean,
): Promise<SecurityReading> {
  const none = Promise.resolve([]);
  try {
    const info = await ask(requestId, { certificateChain: true });
    if (info === "late") return { seen: { kind: "nothing", reason: "certificate-late" }, chain: none };
    const isChainEmpty = (info?.certificates ?? []).length === 0;
    const alone = isChainEmpty ? await ask(requestId, {}) : undefined;
    if (alone === "late") return { seen: { kind: "nothing", reason: "certificate-late" }, chain: none };
    const handshake = info === undefined ? undefined : readHandshake(info, alone);
    const seen: Seen =
      handshake === undefined ? { kind: "nothing", reason: "no-certificate" } : { kind: "tls", handshake };
    if (handshake === undefined || !wantsChain(seen)) return { seen, chain: none };
    return { seen, chain: chainIn(ask(requestId, { certificateChain: !isChainEmpty, rawDER: true })) };
  } catch (cause) {
    return { seen: { kind: "nothing", reason: "certificate-error", words: String(cause) }, chain: none };
  }
}

type Options = Parameters<typeof browser.webRequest.getSecurityInfo>[1];

const ask = async (requestId: string, options: Options): Promise<SecurityInfo | undefined | "late"> =>
  withTimeout(browser.webRequest.getSecurityInfo(requestId, options) as Promise<SecurityInfo>, LIMIT, "late");

/** Evidence that cannot be had is no reason to drop the rest. */
const chainIn = async (asked: Promise<SecurityInfo | undefined | "late">): Promise<string[]> => {
  try {
    const info = await asked;
    return info === undefined || info === "late" ? [] : chainOf(info);
  } catch {
    return [];
  }
};
