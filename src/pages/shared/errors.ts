import type { AddressError } from "../../core/address";
import type { FingerprintError, NoFingerprint } from "../../core/tls/fingerprint";
import type { PlainKey } from "../../core/message-key";
import { translate, translateCount } from "../../shell/ui/translate";

/** What is wrong with a typed value, shown with its field. */
export type TypedError =
  | AddressError
  | FingerprintError
  | { readonly code: "permission-denied" }
  /** A warning shows this certificate, so it must be compared elsewhere first. */
  | { readonly code: "on-warning" }
  /** The fingerprint read at home belongs to none of the presented certificates. */
  | { readonly code: "not-what-answered" };

const NOT_FINGERPRINTS: Readonly<Record<NoFingerprint, PlainKey>> = {
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
      return translate("errorAddressEmpty");
    case "address-not-a-host":
      return translate("errorAddressNotAHost");
    case "address-has-login":
      return translate("errorAddressHasLogin");
    case "address-local":
      return translate("errorAddressLocal");
    case "address-several":
      return translate("errorAddressSeveral");
    case "address-did-you-mean":
      return translate("errorAddressDidYouMean", { address: error.meant });
    case "fingerprint-empty":
      return translate("errorFingerprintEmpty");
    case "fingerprint-none":
      return translate("errorFingerprintNone");
    case "fingerprint-look-alike":
      return translate("errorFingerprintLookAlike", { character: error.character, meant: error.meant });
    case "fingerprint-not-hex":
      return translate("errorFingerprintNotHex", { character: error.character });
    case "fingerprint-wrong-length":
      return translateCount("errorFingerprintWrongLength", error.digits);
    case "fingerprint-several":
      return translate("errorFingerprintSeveral");
    case "fingerprint-other":
      return translate(NOT_FINGERPRINTS[error.what]);
    case "fingerprint-unreadable":
      return translate("errorFingerprintUnreadable");
    case "fingerprint-too-long":
      return translateCount("errorFingerprintTooLong", error.characters);
    case "permission-denied":
      return translate("errorPermissionDenied");
    case "on-warning":
      return translate("errorOnWarning");
    case "not-what-answered":
      return translate("errorNotWhatAnswered");
  }
}
