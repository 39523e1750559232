// What crt.sh says about a host. Its answers have no digests, so certificates are distinguished by issuer and serial
// number.
import * as z from "zod/mini";
import { hostOf, type Address } from "../address";
import { parseJson, TIME, timeOf, type AnswerError } from "./issuance";
import { CRT_SH } from "../hosts";
import { err, ok, type Result } from "../result";

/** One certificate, as crt.sh lists it. A precertificate and its certificate are one here. */
export interface Opinion {
  /** The number under which crt.sh gives the certificate itself. */
  readonly id: number;
  readonly issuer: string;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const ANSWER = z.array(
  z.object({
    id: z.int(),
    issuer_name: z.string(),
    /** One name per line. */
    name_value: z.string(),
    not_before: TIME,
    not_after: TIME,
    serial_number: z.string().check(z.regex(/^[0-9a-f]+$/iu)),
  }),
);

export const secondOpinionUrl = (address: Address): string =>
  `https://${CRT_SH}/?${new URLSearchParams({ q: hostOf(address), output: "json" }).toString()}`;

export const certificateUrl = (id: number): string => `https://${CRT_SH}/?d=${id}`;

export const plainSerial = (hex: string): string => hex.toLowerCase().replace(/^0+(?=.)/u, "");

/** A distinguished name may be written in either order, with or without spaces. */
const plainName = (name: string): string =>
  name
    .split(",")
    .map((part) => part.trim())
    .sort()
    .join(",");

/** Identifies a certificate without a digest. */
export const serialKey = (issuer: string, serial: string): string => `${plainName(issuer)} ${plainSerial(serial)}`;

/** Reads crt.sh's answer; certificate and precertificate become one. */
export function parseOpinion(text: string): Result<Opinion[], AnswerError> {
  const json = parseRows(text);
  if (!json.ok) return json;
  const parsed = ANSWER.safeParse(json.value);
  if (!parsed.success) return err("malformed");
  const byKey = new Map<string, Opinion>();
  for (const row of parsed.data) {
    const key = serialKey(row.issuer_name, row.serial_number);
    if (byKey.has(key)) continue;
    byKey.set(key, {
      id: row.id,
      issuer: row.issuer_name,
      serial: plainSerial(row.serial_number),
      names: row.name_value.split("\n").map((name) => name.trim().toLowerCase()),
      notBefore: timeOf(row.not_before),
      notAfter: timeOf(row.not_after),
    });
  }
  return ok([...byKey.values()].sort((a, b) => b.notBefore - a.notBefore));
}

/** crt.sh answers with a list of objects, and sometimes with the objects in a row: `{…}{…}`, or one per line. */
function parseRows(text: string): Result<unknown, AnswerError> {
  const whole = parseJson(text);
  if (whole.ok) return text.trimStart().startsWith("{") ? ok([whole.value]) : whole;
  const rows = whole.error === "not-json" ? objectsIn(text) : undefined;
  return rows === undefined ? whole : parseJson(`[${rows.join(",")}]`);
}

/** @returns the objects' texts; `undefined` if anything but white space or one comma is between two of them */
function objectsIn(text: string): string[] | undefined {
  const rows: string[] = [];
  let depth = 0;
  let end = 0;
  let begin = 0;
  // Skips a string as a whole: brackets in it are text.
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gsu)) {
    if (token === "{" && depth++ === 0) {
      if (!(rows.length === 0 ? /^\s*$/u : /^\s*,?\s*$/u).test(text.slice(end, index))) return undefined;
      begin = index;
    } else if (token === "}" && --depth === 0) {
      end = index + 1;
      rows.push(text.slice(begin, end));
    }
    if (depth < 0) return undefined;
  }
  return depth === 0 && text.slice(end).trim() === "" ? rows : undefined;
}
