// Every choice that lowers the protection or forgets something. Each takes two steps, always in the same way.
import type { PlainKey } from "../message-key";

export interface ChoiceWords {
  /**
   * The first step: a button that changes nothing. A switch or a radio button is itself a first step and needs no
   * label.
   */
  readonly label?: PlainKey;
  /** A heading, if the question is long. */
  readonly head?: PlainKey;
  /** The question of the second step: what happens, and what that means. Some name a version. */
  readonly ask: PlainKey | "sayOverride" | "askAcceptFirefox";
  /** What the user must check before choosing. */
  readonly consent?: PlainKey;
  /** The safe answer. */
  readonly keep: PlainKey;
  readonly choose: PlainKey;
}

/** A page can offer only choices from this table. */
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
  /** Lets Guard work with a version of Firefox that it isn't tested with. */
  "accept-firefox": {
    label: "buttonAcceptFirefox",
    ask: "askAcceptFirefox",
    keep: "buttonAcceptFirefoxNot",
    choose: "buttonAcceptFirefoxNow",
  },
  "guard-off": { ask: "askGuardOff", keep: "buttonKeepGuard", choose: "buttonGuardOff" },
  /** Lets Guard check less before a password or a token leaves. */
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
  /** Starts again without the saved data that can't be read. */
  "start-again": {
    label: "buttonStartAgain",
    ask: "askStartAgain",
    keep: "buttonStartAgainNot",
    choose: "buttonStartAgainNow",
  },
} as const satisfies Readonly<Record<string, ChoiceWords>>;

export type ChoiceKind = keyof typeof CHOICES;
