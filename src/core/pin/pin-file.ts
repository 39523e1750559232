import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from "jsonc-parser";
import * as z from "zod/mini";
import { isSameCertificate, PIN, type Confirmed, type Pin } from "./pin";
import { err, ok, type Result } from "../result";

const FORMAT = "latchkey-pins";
const MAX_PINS = 1000;
const FILE = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(2),
  pins: z.array(PIN).check(z.maxLength(MAX_PINS)),
});

/** Version 1 has `toldAt` instead of `pinnedAt`. */
const { pinnedAt, ...others } = PIN.shape;
const FILE_1 = z.pipe(
  z.strictObject({
    format: z.literal(FORMAT),
    version: z.literal(1),
    pins: z.array(z.strictObject({ ...others, toldAt: pinnedAt })).check(z.maxLength(MAX_PINS)),
  }),
  z.transform(({ pins }) => ({ pins: pins.map(({ toldAt, ...pin }): Pin => ({ ...pin, pinnedAt: toldAt })) })),
);
const VERSIONED = z.object({ version: z.literal(1) });

/** Why a file was refused, and where: lines count from 1, a field is written as `pins[0].fingerprint`. */
export type PinFileError =
  | { readonly code: "import-too-large" }
  | { readonly code: "import-utf-16" }
  | { readonly code: "import-not-json"; readonly line: number; readonly problem: string }
  | { readonly code: "import-field"; readonly line: number; readonly field: string; readonly problem: string }
  | { readonly code: "import-twice"; readonly line: number; readonly field: string };

const MAX_CHARACTERS = 2_000_000;

/**
 * Reads an exported file, either all of it or nothing: the first problem is the error. A byte order mark, which some
 * editors put before the text, is skipped.
 * @param bytes - of the file, decoded as UTF-8
 */
export function parsePinFile(bytes: string): Result<readonly Pin[], PinFileError> {
  if (bytes.length > MAX_CHARACTERS) return err({ code: "import-too-large" });
  if (isUtf16(bytes)) return err({ code: "import-utf-16" });
  const text = bytes.replace(/^\uFEFF/u, "");
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [first] = errors;
  if (tree === undefined || first !== undefined) {
    const problem = first === undefined ? "ValueExpected" : printParseErrorCode(first.error);
    return err({ code: "import-not-json", line: lineAt(text, first?.offset ?? 0), problem });
  }
  // This parser records where each value is. `JSON.parse` reads the values themselves.
  const file: unknown = JSON.parse(text);
  const parsed = VERSIONED.safeParse(file).success ? FILE_1.safeParse(file) : FILE.safeParse(file);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = [...(issue?.path ?? []), ...(issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [])];
    const known = path.map((part) => (typeof part === "symbol" ? String(part) : part));
    return err({
      code: "import-field",
      line: lineAt(text, offsetOf(tree, known)),
      field: fieldName(known),
      problem: issue?.message ?? "",
    });
  }
  const { pins } = parsed.data;
  const twice = pins.findIndex((pin, index) => pins.slice(0, index).some((other) => isSameCertificate(pin, other)));
  if (twice < 0) return ok(pins);
  const path = ["pins", twice, "fingerprint"];
  return err({ code: "import-twice", line: lineAt(text, offsetOf(tree, path)), field: fieldName(path) });
}

/** UTF-16 decoded as UTF-8: each half of the mark is a replacement character, and every other byte of ASCII is 0. */
const isUtf16 = (text: string): boolean => /^(?:\uFFFD\uFFFD|\0.|.\0)/su.test(text);

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

const fieldName = (path: readonly (string | number)[]): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");

/** Where a field is, or the nearest value around one that is missing. */
function offsetOf(tree: Node, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node !== undefined) return node.offset;
  }
  return 0;
}

/**
 * Only the fields of the file format. What is known of the last certificate is learned again at the next connection.
 * Warnings aren't exported.
 */
const forFile = ({ wasOnWarning: _, ...pin }: Pin): Pin =>
  pin.confirmed === undefined ? pin : { ...pin, confirmed: withoutLast(pin.confirmed) };
const withoutLast = ({ last: _, ...confirmed }: Confirmed): Confirmed => confirmed;

/** The file that an export writes. It holds the user's pins and nothing else. */
export const writePinFile = (pins: readonly Pin[]): string =>
  `${JSON.stringify({ format: FORMAT, version: 2, pins: pins.map(forFile) }, undefined, 2)}\n`;
