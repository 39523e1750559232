// Every choice that lowers the protection or forgets something. Each takes two steps, asked for in one way.
import type { PlainKey } from "../message-key";

export interface ChoiceWords {
  /** The first step: a button that changes nothing. A switch or a radio button is a first step of its own and needs no label. */
  readonly label?: PlainKey;
  /** A heading, where the question is long. */
  readonly head?: PlainKey;
  /** The question of the second step: what happens, and what that means. Some name a version. */
  readonly ask: PlainKey | "sayOverride" | "askAcceptFirefox";
  /** What must be checked before it can be chosen. */
  readonly consent?: PlainKey;
  /** The safe answer. */
  readonly keep: PlainKey;
  readonly choose: PlainKey;
}

/** One a choice. A page can offer none that is not in this table. */
export const CHOICES = {
  /** Opens a blocked page in one tab without protection. */
  bypass: { label: "buttonBypass", ask: "askBypass", keep: "buttonKeepClosed", choose: "buttonBypassNow" },
  /** Opens remote access to an insecure version. */
  override: {
    label: "buttonCannotUpdate",
    head: "headOverride",
    ask: "sayOverride",
    consent: "labelOverride",
    keep: "buttonKeepProtection",
    choose: "buttonOverride",
  },
  /** Closes a warning, which ends what Guard blocks because of it. */
  done: { label: "buttonDone", ask: "askCloseWarning", keep: "buttonKeepWarning", choose: "buttonCloseWarning" },
  understood: {
    label: "buttonUnderstood",
    ask: "askCloseWarning",
    keep: "buttonKeepWarning",
    choose: "buttonCloseWarning",
  },
  remove: { label: "buttonRemove", ask: "askRemove", keep: "buttonKeep", choose: "buttonRemoveNow" },
  unwatch: { label: "buttonUnwatch", ask: "askUnwatch", keep: "buttonKeepWatching", choose: "buttonUnwatchNow" },
  /** Lets Guard work with a version of Firefox on which it is not shown to hold. */
  "accept-firefox": {
    label: "buttonAcceptFirefox",
    ask: "askAcceptFirefox",
    keep: "buttonAcceptFirefoxNot",
    choose: "buttonAcceptFirefoxNow",
  },
  "guard-off": { ask: "askGuardOff", keep: "buttonKeepGuard", choose: "buttonGuardOff" },
  /** Has Guard check less before a password or a token leaves. */
  "guard-quick": { ask: "askGuardQuick", keep: "buttonKeepThorough", choose: "buttonUseQuick" },
  /** Pins the certificate of the current connection. */
  trust: { label: "buttonTrust", ask: "askTrust", keep: "buttonTrustNot", choose: "buttonTrustNow" },
  /** Pins a certificate that a warning shows. */
  compared: {
    label: "buttonComparedElsewhere",
    ask: "askComparedElsewhere",
    consent: "labelComparedElsewhere",
    keep: "buttonKeepWarning",
    choose: "buttonPinCertificate",
  },
  /** Begins without the saved data that cannot be read. */
  "start-again": {
    label: "buttonStartAgain",
    ask: "askStartAgain",
    keep: "buttonStartAgainNot",
    choose: "buttonStartAgainNow",
  },
} as const satisfies Readonly<Record<string, ChoiceWords>>;

export type ChoiceKind = keyof typeof CHOICES;
