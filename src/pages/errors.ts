import type { AddressError } from "../core/address";
import type { FingerprintError } from "../core/fingerprint";
import { say } from "../shell/text";

/** What is wrong with what was typed, said beside its field. */
export type TypedError =
  | AddressError
  | FingerprintError
  | { readonly code: "permission-denied" }
  /** The fingerprint read at home is not that of any certificate that answered. */
  | { readonly code: "not-what-answered" };

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
    case "permission-denied":
      return say("errorPermissionDenied");
    case "not-what-answered":
      return say("errorNotWhatAnswered");
  }
}
