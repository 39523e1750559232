import browser from "webextension-polyfill";
import type { Seen } from "../../core/tls/observation";
import type { Anchor } from "../../core/tls/certificate";
import type { Sha256 } from "../../core/tls/digest";
import { chainOf, readHandshake, readTrustAnchor, type SecurityInfo } from "../../core/tls/security-info";
import { withTimeout } from "../with-timeout";

/** Maximum time Firefox may take to report a certificate that it has in memory, in ms. */
const LIMIT = 2000;

export interface SecurityReading {
  readonly seen: Seen;
  /** Requested before the listener answers, because Firefox gives nothing afterwards; empty if not wanted. */
  readonly chain: Promise<string[]>;
}

/**
 * Reads the certificate of a request in `onHeadersReceived`. Never rejects: if it can't be read, the result is
 * "nothing" with its reason. Resolves when every necessary call to Firefox has been started, so the listener may
 * answer.
 * @param anchorOf - the known trust anchor of a leaf, if any. Then Firefox need not read the chain again, which costs
 * most for a page of many files. It is not used for a certificate whose error was clicked through
 * @param wantsChain - decides by the observation whether to request the whole chain in DER
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
    // After a clicked-through error, Firefox lists no chain, only the leaf.
    const isListed = known !== undefined || (listed?.certificates ?? []).length > 0;
    return { seen, chain: chainIn(ask(requestId, { certificateChain: isListed, rawDER: true })) };
  } catch (cause) {
    return { seen: { kind: "nothing", reason: "certificate-error", words: String(cause) }, chain: none };
  }
}

type Options = Parameters<typeof browser.webRequest.getSecurityInfo>[1];

const ask = async (requestId: string, options: Options): Promise<SecurityInfo | undefined | "late"> =>
  withTimeout(browser.webRequest.getSecurityInfo(requestId, options) as Promise<SecurityInfo>, LIMIT, "late");

/** If this evidence can't be read, the rest is still kept. */
const chainIn = async (asked: Promise<SecurityInfo | undefined | "late">): Promise<string[]> => {
  try {
    const info = await asked;
    return info === undefined || info === "late" ? [] : chainOf(info);
  } catch {
    return [];
  }
};
