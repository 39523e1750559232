// What crt.sh says of a host. Its answers have no digests: certificates are told apart by authority and serial number.
import * as z from "zod/mini";
import { hostOf, type Address } from "./address";
import { parseJson, type AnswerError } from "./issuance";
import { SECOND_SERVICE } from "./paging";
import { err, ok, type Result } from "./result";

/** One certificate, as crt.sh tells of it; its precertificate is the same one here. */
export interface Opinion {
  /** By which crt.sh gives the certificate itself. */
  readonly id: number;
  readonly issuer: string;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Written in UTC without saying so. */
const TIME = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/u));

const ANSWER = z.array(
  z.object({
    id: z.int(),
    issuer_name: z.string(),
    /** One name a line. */
    name_value: z.string(),
    not_before: TIME,
    not_after: TIME,
    serial_number: z.string().check(z.regex(/^[0-9a-f]+$/iu)),
  }),
);

export const secondOpinionUrl = (address: Address): string =>
  `https://${SECOND_SERVICE}/?${new URLSearchParams({ q: hostOf(address), output: "json" }).toString()}`;

export const certificateUrl = (id: number): string => `https://${SECOND_SERVICE}/?d=${id}`;

export const plainSerial = (hex: string): string => hex.toLowerCase().replace(/^0+(?=.)/u, "");

/** A distinguished name is written in either order, with either space. */
const plainName = (name: string): string =>
  name
    .split(",")
    .map((part) => part.trim())
    .sort()
    .join(",");

/** What tells one certificate from another where there are no digests. */
export const serialKey = (issuer: string, serial: string): string => `${plainName(issuer)} ${plainSerial(serial)}`;

/** Reads crt.sh's answer; certificate and precertificate become one. */
export function parseOpinion(text: string): Result<Opinion[], AnswerError> {
  const json = parseJson(text);
  if (!json.ok) return json;
  const parsed = ANSWER.safeParse(json.value);
  if (!parsed.success) return err("malformed");
  const byKey = new Map<string, Opinion>();
  for (const told of parsed.data) {
    const key = serialKey(told.issuer_name, told.serial_number);
    if (byKey.has(key)) continue;
    byKey.set(key, {
      ...{ id: told.id, issuer: told.issuer_name, serial: plainSerial(told.serial_number) },
      names: told.name_value.split("\n").map((name) => name.trim().toLowerCase()),
      ...{ notBefore: Date.parse(`${told.not_before}Z`), notAfter: Date.parse(`${told.not_after}Z`) },
    });
  }
  return ok([...byKey.values()].sort((a, b) => b.notBefore - a.notBefore));
}
