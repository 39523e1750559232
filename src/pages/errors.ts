import type { AddressError } from "../core/address";
import type { FingerprintError, NoFingerprint } from "../core/fingerprint";
import type { MessageKey } from "../core/message-key";
import { say } from "../shell/text";

/** What is wrong with what was typed, said beside its field. */
export type TypedError =
  | AddressError
  | FingerprintError
  | { readonly code: "permission-denied" }
  /** A warning shows this certificate, so it is to be compared elsewhere first. */
  | { readonly code: "on-warning" }
  /** The fingerprint read at home is not that of any certificate that answered. */
  | { readonly code: "not-what-answered" };

const NOT_FINGERPRINTS: Readonly<Record<NoFingerprint, MessageKey>> = {
  session: "errorFingerprintSession",
  "key-id": "errorFingerprintKeyId",
  "log-id": "errorFingerprintLogId",
  serial: "errorFingerprintSerial",
  key: "errorFingerprintKey",
  signature: "errorFingerprintSignature",
  "private-key": "errorFingerprintPrivateKey",
  request: "errorFingerprintRequest",
  precertificate: "errorFingerprintPrecertificate",
  base64: "errorFingerprintBase64",
  authority: "errorFingerprintAuthority",
};

export function errorText(error: TypedError): string {
  switch (error.code) {
    case "address-empty":
      return say("errorAddressEmpty");
    case "address-not-a-host":
      return say("errorAddressNotAHost");
    case "address-has-login":
      return say("errorAddressHasLogin");
    case "address-local":
      return say("errorAddressLocal");
    case "address-several":
      return say("errorAddressSeveral");
    case "address-did-you-mean":
      return say("errorAddressDidYouMean", error.meant);
    case "fingerprint-empty":
      return say("errorFingerprintEmpty");
    case "fingerprint-none":
      return say("errorFingerprintNone");
    case "fingerprint-look-alike":
      return say("errorFingerprintLookAlike", error.character, error.meant);
    case "fingerprint-not-hex":
      return say("errorFingerprintNotHex", error.character);
    case "fingerprint-wrong-length":
      return say("errorFingerprintWrongLength", String(error.digits));
    case "fingerprint-several":
      return say("errorFingerprintSeveral");
    case "fingerprint-other":
      return say(NOT_FINGERPRINTS[error.what]);
    case "fingerprint-unreadable":
      return say("errorFingerprintUnreadable");
    case "fingerprint-too-long":
      return say("errorFingerprintTooLong", new Intl.NumberFormat().format(error.characters));
    case "permission-denied":
      return say("errorPermissionDenied");
    case "on-warning":
      return say("errorOnWarning");
    case "not-what-answered":
      return say("errorNotWhatAnswered");
  }
}
