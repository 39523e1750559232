import * as z from "zod/mini";
import { commonName, CERTIFICATE_EXCEPTION, type Handshake, type CertificateException } from "../tls/certificate";
import { FINGERPRINT } from "../tls/fingerprint";
import { REASON, type Freshness, type Seen } from "../tls/observation";
import { knowsKey, knowsLeaf, type Former, type Pin } from "../pin/pin";

const ours = {
  pin: FINGERPRINT,
  /** The error that the user clicked through to reach the instance: shown with the good verdict. */
  note: z.optional(CERTIFICATE_EXCEPTION),
};

/** The judgment of one observation. */
export const VERDICT = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("plaintext") }),
  z.strictObject({ kind: z.literal("unchecked"), reason: REASON, words: z.optional(z.string()) }),
  z.strictObject({ kind: z.literal("match"), ...ours }),
  z.strictObject({ kind: z.literal("unchanged"), ...ours }),
  z.strictObject({ kind: z.literal("renewed"), ...ours }),
  z.strictObject({ kind: z.literal("overridden"), error: CERTIFICATE_EXCEPTION }),
  z.strictObject({ kind: z.literal("interception"), root: z.string() }),
  z.strictObject({ kind: z.literal("mismatch"), cause: z.enum(["other-key", "never-confirmed", "cached"]) }),
  z.strictObject({ kind: z.literal("undisclosed") }),
  z.strictObject({ kind: z.literal("unpinned") }),
  /**
   * Never for an answer. Guard gives it to a request that an attacker took without answering. A probe also gets it if
   * an attacker rejected it, so that Firefox retried it.
   */
  z.strictObject({ kind: z.literal("unanswered"), carried: z.enum(["probe", "restarted-probe", "secret"]) }),
  /** Never for an answer: the public logs have a certificate for the instance's address that isn't the instance's. */
  z.strictObject({ kind: z.literal("logged"), issuer: z.string() }),
]);
export type Verdict = z.infer<typeof VERDICT>;
export type RedVerdict = Extract<
  Verdict,
  { kind: "plaintext" | "overridden" | "interception" | "mismatch" | "undisclosed" | "logged" }
>;
/** A verdict that opens an incident. */
export type AlarmVerdict = RedVerdict | Extract<Verdict, { kind: "unanswered" }>;
/** What a request carried that someone took and didn't answer. */
export type Unanswered = Extract<Verdict, { kind: "unanswered" }>["carried"];
type Ours = Extract<Verdict, { kind: "match" | "unchanged" | "renewed" }>;

type Rule = (handshake: Handshake, pins: readonly Pin[]) => Verdict | undefined;

/** The first rule that fits wins, so the order is the policy: our own leaf or key is ours under any issuer. */
const RULES: readonly Rule[] = [
  (handshake, pins) =>
    oursBy(
      pins.filter((pin) => knowsLeaf(pin, handshake)),
      "match",
      handshake.override,
    ),
  (handshake, pins) =>
    oursBy(
      pins.filter((pin) => knowsKey(pin, handshake)),
      "renewed",
      handshake.override,
    ),
  ({ override }) => (override === undefined ? undefined : { kind: "overridden", error: override }),
  ({ anchor }, pins) =>
    anchor.kind === "added" && !pins.some(({ confirmed }) => confirmed?.root === anchor.root.sha256)
      ? { kind: "interception", root: commonName(anchor.root.subject) }
      : undefined,
  (_, pins) => (pins.length === 0 ? undefined : { kind: "mismatch", cause: causeOf(pins) }),
  ({ transparency }) => (transparency.startsWith("policy_not_") ? { kind: "undisclosed" } : undefined),
];

/** A pin learned out of band outweighs one trusted on first use: only the former may be shown as verified. */
function oursBy(
  pins: readonly Pin[],
  kind: "match" | "renewed",
  note: CertificateException | undefined,
): Ours | undefined {
  const pin = pins.find(({ source }) => source !== "first-use") ?? pins[0];
  if (pin === undefined) return undefined;
  const said = pin.source === "first-use" ? "unchanged" : kind;
  return { kind: said, pin: pin.fingerprint, ...(note === undefined ? {} : { note }) };
}

const causeOf = (pins: readonly Pin[]): "other-key" | "never-confirmed" =>
  pins.some(({ confirmed }) => confirmed !== undefined) ? "other-key" : "never-confirmed";

/**
 * Judges what was seen at an address by the pins of that address. Total: every input has exactly one verdict.
 * @param pins - those of the address only
 */
export function judge(seen: Seen, pins: readonly Pin[]): Verdict {
  switch (seen.kind) {
    case "plaintext":
      return { kind: "plaintext" };
    case "nothing":
      return { kind: "unchecked", reason: seen.reason, ...(seen.words === undefined ? {} : { words: seen.words }) };
    case "tls": {
      for (const rule of RULES) {
        const verdict = rule(seen.handshake, pins);
        if (verdict !== undefined) return verdict;
      }
      return { kind: "unpinned" };
    }
  }
}

/**
 * Judges an answer from Firefox's cache. It shows the certificate of the connection that once delivered it, so it is
 * never a check. But if a pin is confirmed and the certificate isn't ours, it is evidence of an earlier attack.
 */
export function judgeCached(seen: Seen, pins: readonly Pin[], former: readonly Former[]): Verdict | undefined {
  if (seen.kind !== "tls" || !pins.some(({ confirmed }) => confirmed !== undefined)) return undefined;
  const { handshake } = seen;
  const isOurs = pins.some((pin) => knowsLeaf(pin, handshake) || knowsKey(pin, handshake));
  const wasOurs = former.some(
    ({ spki, leaves }) => spki === handshake.leaf.spki || leaves.includes(handshake.leaf.sha256),
  );
  return isOurs || wasOurs ? undefined : { kind: "mismatch", cause: "cached" };
}

export const judgeBy = (
  freshness: Freshness,
  seen: Seen,
  pins: readonly Pin[],
  former: readonly Former[],
): Verdict | undefined => (freshness === "cached" ? judgeCached(seen, pins, former) : judge(seen, pins));

/** Ours, by leaf or key. */
export const isOurs = (verdict: Verdict): verdict is Ours =>
  verdict.kind === "match" || verdict.kind === "renewed" || verdict.kind === "unchanged";

/** Red opens an incident. Under Guard, it also starts a quarantine if a server presented the certificate. */
export function isRed(verdict: Verdict): verdict is RedVerdict {
  switch (verdict.kind) {
    case "plaintext":
    case "overridden":
    case "interception":
    case "mismatch":
    case "undisclosed":
    case "logged":
      return true;
    case "unchecked":
    case "match":
    case "unchanged":
    case "renewed":
    case "unpinned":
    case "unanswered":
      return false;
  }
}
