import { expect, it } from "vitest";
import { MAX_PASTED, parseFingerprint } from "../../../src/core/tls/fingerprint-text";
import { readPem } from "../../../src/core/tls/pem";
import { pairs, REFUSED, SHA1, TAKEN } from "./pasted-ways";
import { fc, test } from "../properties";

it.each(TAKEN)("takes %s", (_, text, given) => {
  expect(parseFingerprint(text)).toEqual({ ok: true, value: given });
});

it.each(REFUSED)("refuses %s", (_, text, error) => {
  expect(parseFingerprint(text)).toEqual({ ok: false, error });
});

it("has at least a hundred examples", () => {
  const texts = [...TAKEN, ...REFUSED].map(([, text]) => text);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.length).toBeGreaterThanOrEqual(100);
});

const HEX = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from("0123456789abcdef")), minLength: length, maxLength: length });
const SEPARATOR = fc.constantFrom("", " ", ":", "-", ".", "_", ",", ", ", "：", "\u00a0", "–", "\n", "\u202c:");
const AROUND = fc.constantFrom(
  ["", ""],
  ["“", "”"],
  ["`", "`"],
  ["**", "**"],
  ["【", "】"],
  ["| ", " |"],
  ["> ", "\n"],
);
const NAME = fc.constantFrom(
  "",
  "Fingerprint: ",
  "SHA-1 Fingerprint=",
  "Empreinte : ",
  "Thumbprint\n",
  "X.509 certificate: ",
);
interface Written {
  readonly separator: string;
  readonly around: readonly string[];
  readonly name: string;
  readonly upper: boolean;
}
const WRITTEN: fc.Arbitrary<Written> = fc.record({
  separator: SEPARATOR,
  around: AROUND,
  name: NAME,
  upper: fc.boolean(),
});
const written = (hex: string, { separator, around, name, upper }: Written): string => {
  const plain = pairs(hex, separator);
  return `${name}${around[0] ?? ""}${upper ? plain.toUpperCase() : plain}${around[1] ?? ""}`;
};

test(
  "takes any digest, with any separators, surroundings and label",
  [fc.tuple(fc.oneof(HEX(40), HEX(64)), WRITTEN)],
  ([hex, how]) => {
    expect(parseFingerprint(written(hex, how))).toEqual({ ok: true, value: { fingerprint: hex } });
  },
);

test(
  "takes no incomplete digest, and counts its digits",
  [
    fc.tuple(
      fc.integer({ min: 8, max: 31 }).filter((count) => count !== 20),
      HEX(64),
      WRITTEN,
    ),
  ],
  ([count, hex, how]) => {
    const error = { code: "fingerprint-wrong-length", digits: count * 2 };
    expect(parseFingerprint(written(hex.slice(0, count * 2), how))).toEqual({ ok: false, error });
  },
);

const OTHER_LABELS = [
  "Session-ID",
  "Key ID",
  "Subject Key Identifier",
  "Log ID",
  "Serial Number",
  "Public Key SHA-256",
];
test(
  "takes no digest with another value's label",
  [fc.tuple(fc.constantFrom(...OTHER_LABELS), fc.oneof(HEX(40), HEX(64)), SEPARATOR, fc.constantFrom(": ", "=", "\n"))],
  ([label, hex, separator, between]) => {
    expect(parseFingerprint(`${label}${between}${pairs(hex, separator)}`)).toMatchObject({
      error: { code: "fingerprint-other" },
    });
  },
);

test(
  "never throws, and takes only lower-case hex of a digest's length",
  [
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: fc.constantFrom(...Array.from("0aF:. \n=-SHoIl١｜")) }),
    ),
  ],
  (text) => {
    const parsed = parseFingerprint(text);
    if (parsed.ok) expect(parsed.value.fingerprint).toMatch(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u);
    else expect(parsed.error.code).toMatch(/^fingerprint-/u);
  },
);

const HEAVY = [
  "a",
  "a ",
  "aa:",
  "5f2e91c044d17ab3 x",
  "key ",
  "SHA-",
  "0000: ",
  "> ",
  "\n",
  "O",
  "public key \n",
  "-----BEGIN ",
  "Key_",
];
const FULL = [
  ...HEAVY.map((piece) => [JSON.stringify(piece), piece.repeat(MAX_PASTED / piece.length)] as const),
  ["blanks between two digits", `a${" ".repeat(MAX_PASTED - 2)}b`],
  ["line breaks between two digits", `a${"\n".repeat(MAX_PASTED - 2)}b`],
  ["tabs in a heading", `a${"\t".repeat(MAX_PASTED - 50)}:\n${SHA1}`],
  ["blanks in a label", `public key${" ".repeat(MAX_PASTED - 60)}: ${SHA1}`],
  ["blanks after an offset", `0000:${" ".repeat(MAX_PASTED - 6)}x`],
] as const;
it.each(FULL)("answers soon to the longest text of %s", (_, text) => {
  const start = performance.now();
  parseFingerprint(text);
  readPem(text);
  expect(performance.now() - start).toBeLessThan(3000); // 0.2 s; an algorithm that grows with the square takes a minute
});
