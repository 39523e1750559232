import * as z from "zod/mini";
import { isSha1, isSha256, SHA1, SPKI, type Sha1, type Sha256, type Spki } from "./digest";
import type { OtherValue } from "./label";

/** The digest of a whole certificate: SHA-1 (40 lower-case hex digits) or SHA-256 (64), recognized by length. */
export type Fingerprint = Sha1 | Sha256;

export const isFingerprint = (value: unknown): value is Fingerprint => isSha1(value) || isSha256(value);
export const FINGERPRINT = z.custom<Fingerprint>(
  isFingerprint,
  "not a fingerprint: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits are needed",
);

/** What is given of one certificate before any connection has shown it; fields of a schema. */
export const GIVEN = {
  /** The SHA-256 if there is one. */
  fingerprint: FINGERPRINT,
  /** The SHA-1 of the same certificate, if it was given together with its SHA-256: both must match. */
  sha1: z.exactOptional(SHA1),
  /** The key of a certificate that was given as a whole. */
  spki: z.exactOptional(SPKI),
};
export interface Given {
  readonly fingerprint: Fingerprint;
  readonly sha1?: Sha1;
  readonly spki?: Spki;
}

/** A value that was pasted instead of a fingerprint, by its label, its frame or its form. */
export type NoFingerprint = OtherValue | "private-key" | "request" | "precertificate" | "base64" | "authority";

/** Why a text holds no usable fingerprint. `character` is what was found, `digits` how many there were. */
export type FingerprintError =
  | { readonly code: "fingerprint-empty" }
  | { readonly code: "fingerprint-none" }
  | { readonly code: "fingerprint-look-alike"; readonly character: string; readonly meant: string }
  | { readonly code: "fingerprint-not-hex"; readonly character: string }
  | { readonly code: "fingerprint-wrong-length"; readonly digits: number }
  | { readonly code: "fingerprint-several" }
  /** A label says that it is something else. */
  | { readonly code: "fingerprint-other"; readonly what: NoFingerprint }
  /** The pasted certificate can't be read. */
  | { readonly code: "fingerprint-unreadable" }
  | { readonly code: "fingerprint-too-long"; readonly characters: number };

/** Groups of four digits, which people can read and compare. */
export const inGroups = (digest: string): string[] => digest.match(/.{1,4}/gu) ?? [];
