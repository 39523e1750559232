// The fake Firefox's content at its start: an instance that has been verified before, and the extension's texts.
import { readFileSync } from "node:fs";
import type { Certificate } from "../../../src/core/tls/certificate";
import { EMPTY_STORED_STATE, EMPTY_SESSION, type StoredState, type Check } from "../../../src/core/state/state";
import { certificate, confirmed, handshake, INSTANCE, ROOT, sha1 } from "../../core/samples";

export type Peer = "own" | "attacker";
export const TAB = 7;

const MESSAGES = JSON.parse(
  readFileSync(new URL("../../../_locales/en/messages.json", import.meta.url), "utf8"),
) as Record<string, { message: string; placeholders?: Record<string, { content: string }> } | undefined>;

/**
 * Fills a message as Firefox does: a named placeholder stands for its content, such as `$1`, which stands for a value.
 */
export const messageOf = (key: string, values: readonly string[]): string => {
  const { message = "", placeholders = {} } = MESSAGES[key] ?? {};
  return message
    .replace(/\$(\w+)\$/gu, (_, name: string) => placeholders[name.toLowerCase()]?.content ?? "")
    .replace(/\$(\d)/gu, (_, digit: string) => values[Number(digit) - 1] ?? "");
};
const CERTIFICATES: Readonly<Record<Peer, Certificate>> = {
  own: certificate("1", "K"),
  attacker: certificate("2", "X"),
};

/** What Firefox reports about the certificate of a connection. */
export const securityInfoOf = (peer: Peer): object => ({
  state: "secure",
  certificateTransparencyStatus: "policy_compliant",
  certificates: [CERTIFICATES[peer], ROOT].map(({ sha1, sha256, spki, subject, issuer }) => ({
    fingerprint: { sha1, sha256 },
    subjectPublicKeyInfoDigest: { sha256: spki },
    subject,
    issuer,
    isBuiltInRoot: true,
    rawDER: [1],
  })),
});

/** The stored data of an instance that has been verified before: its button is green. */
export function profile(isGuarded: boolean): {
  local: { book: StoredState } & Record<string, unknown>;
  session: object;
} {
  const check: Check = {
    address: INSTANCE,
    at: Date.now() - 60_000,
    fresh: true,
    inconclusive: false,
    chain: [],
    verdict: { kind: "match", pin: sha1("1") },
    handshake: handshake(CERTIFICATES.own),
  };
  const pools = [{ name: `${INSTANCE} firefox-default`, keptAt: 0, underWay: [], tabs: [TAB] }];
  return {
    local: {
      book: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K")] },
      guarded: { version: 1, addresses: isGuarded ? [INSTANCE] : [] },
      toClear: { version: 2, instances: [{ address: INSTANCE, removed: true }] },
    },
    session: { session: { ...EMPTY_SESSION, pools, ordinary: { checks: [check], failures: [] } } },
  };
}
