import browser from "webextension-polyfill";
import type { Seen } from "../../core/tls/observation";
import type { Anchor } from "../../core/tls/certificate";
import type { Sha256 } from "../../core/tls/digest";
import { chainOf, readHandshake, readTrustAnchor, type SecurityInfo } from "../../core/tls/security-info";
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
 * @param anchorOf - the trust anchor that a leaf is known to have: Firefox then need not read the chain again, which costs
 * most for a page of many files. A certificate that an error was clicked through for is never taken as known
 * @param wantsChain - decides by what was seen whether the whole chain is asked for in DER
 */
export async function readSecurityInfo(
  requestId: string,
  anchorOf: (leaf: Sha256) => Anchor | undefined,
  wantsChain: (seen: Seen) => boolean,
): Promise<SecurityReading> {
  const none = Promise.resolve([]);
  const unread = (reason: "certificate-late" | "no-certificate"): SecurityReading => ({
    seen: { kind: "nothing", reason },
    chain: none,
  });
  try {
    const info = await ask(requestId, {});
    if (info === "late") return unread("certificate-late");
    const read = info === undefined ? undefined : readHandshake(info);
    if (read === undefined) return unread("no-certificate");
    const known = read.override === undefined ? anchorOf(read.leaf.sha256) : undefined;
    const listed = known === undefined ? await ask(requestId, { certificateChain: true }) : undefined;
    if (listed === "late") return unread("certificate-late");
    const anchor = known ?? readTrustAnchor(listed ?? {});
    const seen: Seen = { kind: "tls", handshake: { ...read, anchor } };
    if (!wantsChain(seen)) return { seen, chain: none };
    // After an error that was clicked through Firefox lists no chain, but the leaf alone.
    const isListed = known !== undefined || (listed?.certificates ?? []).length > 0;
    return { seen, chain: chainIn(ask(requestId, { certificateChain: isListed, rawDER: true })) };
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
