/** What the text of a certificate or a connection contains besides fingerprints. */
export type OtherValue = "session" | "key-id" | "log-id" | "serial" | "key" | "signature";
/** What a label says that a value is; `other-hash`: a digest by a function that isn't used for fingerprints here. */
export type Label = "fingerprint" | "other-hash" | OtherValue;

const FINGERPRINT =
  "finger\\s?prints?|thumb\\s?print|fingerabdr(?:u|ü)ck|empreinte|huella|impronta|vingerafdruk|odcisk|otisk|fingeravtryck|отпечат|指纹|指紋|拇印|cert(?:ificate)?[\\s-]*hash";
// "Public key SHA-256 fingerprint" is a single label: the words after the name belong to the named value.
const REST = `(?:[\\s()_-]|sha[\\s-]?\\d{1,3}|md5)*(?:${FINGERPRINT}|digest|hash)?`;

// As openssl, keytool, nmap, curl, certutil, the viewers of Firefox, Chrome, Android, macOS and Windows, and gpg write
// them. Words that many viewers translate are also here in German, French, Spanish, Italian, Dutch and Polish.
const OTHERS: readonly (readonly [Label, string])[] = [
  ["other-hash", "md5|sha[\\s-]?(?:[23]-)?(?:224|384|512)\\b|\\bcrc"],
  ["session", "session|sitzung|sesi[oó]n|sessie|ticket|master[\\s-]?key|resumption|client[\\s_-]?random"],
  ["log-id", "log[\\s-]*(?:key[\\s-]*)?id\\b"],
  [
    "key-id",
    "key[\\s_-]*id|schlüssel-?(?:id|kennung|bezeichner)|id(?:entifi\\w+)? de (?:la )?cl|sleutel-?id|\\b[sa]kid?\\b",
  ],
  ["serial", "s[eé]ri(?:al|e)|seryjny"],
  [
    "key",
    "public[\\s_-]*key(?!\\s*(?:algorithm|bits|info|parameter|size|type))|pub(?:key|lic value)?\\b|spki|pin-?sha|modul(?:us|o)\\b|ocsp hash" +
      "|öffentlich\\w*|cl(?:é|e) publique|(?:clave|chave) p[uú]blica|chiave pubblica|(?:openbare|publieke) sleutel" +
      `|\\bkey(?=(?:[\\s()_-]|sha[\\s-]?\\d{1,3}|md5)*(?:${FINGERPRINT}))`,
  ],
  ["signature", "signatur(?!\\w*\\s*(?:hash\\s*)?(?:algorithm|type))\\w*|handtekening"],
];
const LABELS = [
  ...OTHERS.map(([label, words]) => [label, new RegExp(`(?:${words})${REST}`, "giu")] as const),
  ["fingerprint", new RegExp(FINGERPRINT, "giu")] as const,
];

/** What the label nearest to the end of a text says. */
function nearest(text: string): Label | undefined {
  let found: Label | undefined;
  let end = 0;
  for (const [label, words] of LABELS)
    for (const { index, 0: match } of text.matchAll(words))
      if (index + match.length > end) [found, end] = [label, index + match.length];
  return found;
}

const HASH_NAME = /sha[\s\u2010-\u2015-]?(?:[23]-)?\d{1,3}/giu;
const saysMore = (line: string): boolean => /\p{L}/u.test(line.replace(HASH_NAME, ""));
/** A line such as `Not after: 2027-02-24` is about its own value. It isn't the heading of the next line. */
const hasValue = (line: string): boolean => {
  const [, ...values] = line.split(/[:=\t]/u);
  return values.some((value) => value.trim() !== "");
};

/**
 * What a value is, by the words around it: those before it on its line; otherwise the heading above it; otherwise those
 * after it. "SHA-256" alone names no value, so the line above it counts as well.
 * @param before - the text between the value and the one before it
 * @param after - the rest of its line, up to the next value
 * @returns `undefined` if nothing says what it is
 */
export function labelOf(before: string, after: string): Label | undefined {
  const lines = before.split(/\r\n?|\n/u);
  const own = lines.pop() ?? "";
  const said = nearest(own);
  if (said !== undefined) return said;
  if (saysMore(own)) return undefined;
  for (const line of lines.reverse().filter((text) => /\p{L}/u.test(text))) {
    if (hasValue(line)) break;
    const heading = nearest(line);
    if (heading !== undefined) return heading;
    if (saysMore(line)) break;
  }
  return /\p{L}/u.test(own) ? undefined : nearest(after);
}
