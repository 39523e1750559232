// `npm run ct-check -- --answer FILE --pins FILE [--host NAME] [--json]`: classifies the certificates of a saved
// response by an exported file of pins. It uses the same core as the extension, so anyone can repeat its results.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hostOf, type Address } from "../src/core/address";
import { classify, oursAt, pinnedSince, type Class } from "../src/core/ct/classify";
import { parsePinFile, type PinFileError } from "../src/core/pin/pin-file";
import { merge, parseIssuances, type AnswerError, type Issuance } from "../src/core/ct/issuance";
import type { Pin } from "../src/core/pin/pin";
import { beginAfter, urlOf } from "../src/core/ct/paging";

const USAGE = `npm run ct-check -- --answer FILE --pins FILE [--host NAME] [--json]

  --answer  what the public logs say, saved as it came; given again for each further page, until one is empty:
            curl '${urlOf(beginAfter("abc.ui.nabu.casa" as Address, undefined))}'
  --pins    a file that Latchkey has exported
  --host    only this one of the pins' hosts
  --json    print JSON

Exits with 0 if every certificate is explained, 1 if one is not yours, and 2 if that could not be decided.`;

/** The printed text, and whether the program failed. */
export interface Outcome {
  readonly text: string;
  readonly code: 0 | 1 | 2;
}

interface Finding {
  readonly host: string;
  readonly whose: Class;
  readonly issuance: Omit<Issuance, "der" | "foundAt">;
}

const WHOSE: Readonly<Record<Class, string>> = {
  known: "yours",
  key: "yours, by its key",
  before: "before the pin",
  wildcard: "wildcard",
  unrelated: "other hosts",
  "not-ours": "NOT YOURS",
};

/** @param read - gives a file's text; may throw */
export function ctCheck(args: readonly string[], read: (file: string) => string): Outcome {
  const asked = options(args);
  if (typeof asked === "string") return { text: `${asked}\n\n${USAGE}`, code: 2 };
  try {
    const pins = pinsIn(asked.pins, read(asked.pins));
    const record = asked.answers.map((file) => issuancesIn(file, read(file))).reduce<Issuance[]>(merge, []);
    const findings = findingsOf(record, pins, asked.host);
    const code = findings.some(({ whose }) => whose === "not-ours") ? 1 : 0;
    return { text: asked.json ? JSON.stringify(findings, undefined, 2) : findings.map(lineOf).join("\n"), code };
  } catch (cause) {
    return { text: cause instanceof Error ? cause.message : String(cause), code: 2 };
  }
}

interface Options {
  readonly answers: readonly string[];
  readonly pins: string;
  readonly host: string | undefined;
  readonly json: boolean;
}

/** @returns the options, or the mistake in them */
function options(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        answer: { type: "string", multiple: true },
        pins: { type: "string" },
        host: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const { answer = [], pins, host, json = false } = values;
    if (pins === undefined || answer.length === 0) return "Both --answer and --pins are needed.";
    return { answers: answer, pins, host, json };
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function pinsIn(file: string, text: string): readonly Pin[] {
  const parsed = parsePinFile(text);
  if (!parsed.ok) throw new Error(`${file}: ${importText(parsed.error)}`);
  return parsed.value;
}

function importText(error: PinFileError): string {
  switch (error.code) {
    case "import-too-large":
      return "this is too large to be a file of pins.";
    case "import-utf-16":
      return "this is saved as UTF-16; save it as UTF-8.";
    case "import-not-json":
      return `line ${error.line}: this is no JSON (${error.problem}).`;
    case "import-field":
      return `line ${error.line}${error.field === "" ? "" : `, ${error.field}`}: this is no file of pins (${error.problem}).`;
    case "import-twice":
      return `line ${error.line}, ${error.field}: this pin is there twice.`;
  }
}

const WRONG: Readonly<Record<AnswerError, string>> = {
  "not-json": "this is no JSON, or not all of it.",
  "too-deep": "this nests deeper than any answer of the service.",
  malformed: "this is not an answer of the service: a list of issuances, with dns_names, issuer and cert_der expanded.",
};

function issuancesIn(file: string, text: string): Issuance[] {
  const parsed = parseIssuances(text, 0);
  if (!parsed.ok) throw new Error(`${file}: ${WRONG[parsed.error]}`);
  return parsed.value;
}

function findingsOf(record: readonly Issuance[], pins: readonly Pin[], host: string | undefined): Finding[] {
  const addresses = [...new Set(pins.flatMap(({ hosts }) => hosts))];
  const wanted = addresses.filter((address) => host === undefined || hostOf(address) === host);
  if (wanted.length === 0) throw new Error(host === undefined ? "The file has no pins." : `No pin is for ${host}.`);
  const known = wanted.flatMap((address) => oursAt(address, pins, [], pinnedSince(address, pins, [])) ?? []);
  if (known.length === 0)
    throw new Error(
      "No pin has been confirmed by a connection yet: open the instance with Latchkey, then export again.",
    );
  return known.flatMap((ours) =>
    record.flatMap(({ der: _der, foundAt: _foundAt, ...issuance }) => {
      const whose = classify({ ...issuance, foundAt: 0 }, ours);
      return whose === "unrelated" ? [] : [{ host: ours.host, whose, issuance }];
    }),
  );
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

const lineOf = ({ host, whose, issuance: { sha256, issuerName, notBefore, notAfter, revoked } }: Finding): string =>
  [WHOSE[whose].padEnd(18), host, `${day(notBefore)} to ${day(notAfter)}`, issuerName, sha256]
    .concat(revoked ? ["revoked"] : [])
    .join("  ");

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, code } = ctCheck(process.argv.slice(2), (file) => readFileSync(file, "utf8"));
  if (code === 2) console.error(text);
  else console.log(text === "" ? "The answer has no certificate for your instance." : text);
  process.exit(code);
}
