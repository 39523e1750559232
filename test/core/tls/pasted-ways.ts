import { readFileSync } from "node:fs";

/** What openssl 3.0, keytool 17 and others really printed for a certificate made for the tests. */
export const printed = (name: string): string =>
  readFileSync(new URL(`pasted/${name}.txt`, import.meta.url), "utf8").replace(/\r\n/gu, "\n");

/** That certificate's digests, and its other values. */
export const SHA1 = "98ef3fa2e608fa1b2e5d4004ecd67a206dce49f6";
export const SHA256 = "5ad096d8795b2ae0c1c59ebe81b81efc36f0703ea362b73098cba00e7e83b1f7";
export const MD5 = "42300e5f9d70de4f88fa27b3873" + "9d7e1";
export const KEY_ID = "531e1f8a5d0c87097360886bcdb0464bf097cf53";
export const AUTHORITY_KEY_ID = "44f6b31cc4b9509bac671eee56fdc3cbcf66d740";
export const SERIAL = "06a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3";
export const LOG_ID = "27a0aeb3fee9232f8af2211f9ee491c5b10becb5563bfc1e6f93427ecbc8fe29";
export const SPKI_HEX = "3950cc9db0b8d563e2a4f3b0e43f5c706087f067cafb71fb29868408a5a02b90";
export const SPKI = "OVDMnbC41WPipPOw5D9ccGCH8GfK+3H7KYaECKWgK5A=";
const SESSION = "db22f6e65106f5ff7788d7ea2455a757bef39d7f5bdabdd5d3e16e5e7a17d888";
const OTHER = "c7a03be91d5288f40e71aa3c95d04b16f2c877de";

export const pairs = (hex: string, between = ":"): string => (hex.match(/../gu) ?? []).join(between);
const fours = (hex: string, between = " "): string => (hex.match(/.{4}/gu) ?? []).join(between);
const upper = (hex: string, between = ":"): string => pairs(hex, between).toUpperCase();

const one = { fingerprint: SHA1 };
const long = { fingerprint: SHA256 };
const both = { fingerprint: SHA256, sha1: SHA1 };
const other = (what: string): object => ({ code: "fingerprint-other", what });
const SEVERAL = { code: "fingerprint-several" };
const length = (digits: number): object => ({ code: "fingerprint-wrong-length", digits });
const looksLike = (character: string, meant: string): object => ({ code: "fingerprint-look-alike", character, meant });
const NONE = { code: "fingerprint-none" };

/** The box of Firefox's certificate viewer, as selected with the mouse. */
const FIREFOX = `Fingerprints\nSHA-256\t${upper(SHA256)}\nSHA-1\t${upper(SHA1)}`;
/** The viewer's whole page. */
const FIREFOX_PAGE = `Certificate\nabc.ui.nabu.casa\nE7\nSubject Name\nCommon Name\tabc.ui.nabu.casa\nIssuer Name\nCountry\tUS\nOrganization\tLet's Encrypt\nCommon Name\tE7\nValidity\nNot Before\tThu, 26 Nov 2026 17:23:28 GMT\nNot After\tWed, 24 Feb 2027 17:23:28 GMT\nSubject Alt Names\nDNS Name\tabc.ui.nabu.casa\nPublic Key Info\nAlgorithm\tElliptic Curve\nKey Size\t256\nCurve\tP-256\nPublic Value\t04:E9:1C:F3:7D:72:C9:E4:51:D9:41:05:2E:31:AA:CA:7A:81:9D:08:AF:9C:D4:BB:12:3C:3B:93:D7:D5:95:A4:13:0C:51:1C:D9:47:08:A2:12:FE:BF:B5:00:96:0E:A8:9B:90:11:A2:0B:5B:31:C5:30:80:FB:EF:00:4C:FE:D3:D6\nMiscellaneous\nSerial Number\t${upper(SERIAL)}\nSignature Algorithm\tECDSA with SHA-256\nVersion\t3\nDownload\tPEM (cert)PEM (chain)\n${FIREFOX}\nBasic Constraints\nCertificate Authority\tNo\nKey Usages\nPurposes\tDigital Signature\nSubject Key ID\nKey ID\t${upper(KEY_ID)}\nAuthority Key ID\nKey ID\t${upper(AUTHORITY_KEY_ID)}\nEmbedded SCTs\nLog ID\t${upper(LOG_ID)}\nName\tLet's Encrypt 'Oak2026h2'\nSignature Algorithm\tSHA-256 ECDSA\nVersion\t1\nTimestamp\tThu, 26 Nov 2026 17:17:03 GMT`;
/** The fingerprints in macOS's Keychain Access, below the signature. */
const KEYCHAIN = `Signature  71 bytes : 30 45 02 21 00 A5 4D CA …\n\nFingerprints\nSHA-256  ${upper(SHA256, " ")}\nSHA-1  ${upper(SHA1, " ")}`;
const KEYCHAIN_PAGE = `Serial Number  ${upper(SERIAL, " ")}\nVersion  3\nPublic Key Info\nAlgorithm  Elliptic Curve Public Key ( 1.2.840.10045.2.1 )\nPublic Key  32 bytes : ${upper(SPKI_HEX, " ")}\nExtension  Subject Key Identifier ( 2.5.29.14 )\nCritical  NO\nKey ID  ${upper(KEY_ID, " ")}\nLog Key ID  ${upper(LOG_ID, " ")}\nFingerprints\nSHA-256  ${upper(SHA256, " ")}\nSHA-1  ${upper(SHA1, " ")}`;
const ANDROID = `Fingerprints\nSHA-256 fingerprint\n${upper(SHA256)}\nSHA-1 fingerprint\n${upper(SHA1)}`;
const CHROME = `Fingerprints\nSHA-256 Fingerprint ${upper(SHA256, " ")}\nSHA-1 Fingerprint ${upper(SHA1, " ")}`;
const CHROME_KEY = `SHA-256 Fingerprints\nCertificate\n${SHA256}\nPublic Key\n${SPKI_HEX}`;
const NMAP = `| ssl-cert: Subject: commonName=abc.ui.nabu.casa\n| Subject Alternative Name: DNS:abc.ui.nabu.casa\n| Issuer: commonName=E7/organizationName=Let's Encrypt/countryName=US\n| Public Key type: ec\n| Public Key bits: 256\n| Signature Algorithm: ecdsa-with-SHA256\n| Not valid before: 2026-11-26T17:23:28\n| Not valid after:  2027-02-24T17:23:28\n`;
const CERTUTIL = `Signature Algorithm:\n    Algorithm ObjectId: 1.2.840.10045.4.3.2 sha256ECDSA\nNon-root Certificate\nKey Id Hash(rfc-sha1): ${KEY_ID}\nKey Id Hash(sha1): ${OTHER}\nKey Id Hash(bcrypt-sha256): ${SPKI_HEX}\nCert Hash(md5): ${MD5}\nCert Hash(sha1): ${SHA1}\nCert Hash(sha256): ${SHA256}\nSignature Hash: ${LOG_ID}`;
const CURL = `* Server certificate:\n*  subject: CN=abc.ui.nabu.casa\n*  start date: Nov 26 17:23:28 2026 GMT\n*  public key hash: sha256//${SPKI}`;

const TAKEN: readonly [name: string, text: string, given: object][] = [
  // One digest by itself.
  ["bare", SHA1, one],
  ["bare SHA-256", SHA256, long],
  ["upper case", SHA1.toUpperCase(), one],
  ["pairs with colons", upper(SHA1), one],
  ["pairs with spaces", pairs(SHA1, " "), one],
  ["pairs with dashes", pairs(SHA1, "-"), one],
  ["pairs with dots", pairs(SHA1, "."), one],
  ["pairs with underscores", pairs(SHA1, "_"), one],
  ["pairs with commas", pairs(SHA1, ","), one],
  ["pairs with commas and spaces", pairs(SHA1, ", "), one],
  ["pairs with full-width colons", pairs(SHA1, "："), one],
  ["pairs with dots, at the end of a sentence", `${pairs(SHA1, ".")}.`, one],
  ["groups of four", fours(SHA1), one],
  ["groups of four with line breaks", fours(SHA1, "\n"), one],
  ["two lines", `${SHA1.slice(0, 20)}\r\n${SHA1.slice(20)}\n`, one],
  ["no-break spaces and dashes of a word processor", fours(SHA1, "\u00a0–\u00a0"), one],
  ["the bytes of a program", `{ ${pairs(SHA1, ", 0x").replace("", "0x")} }`, one],
  ["the bytes of a string", pairs(SHA1, "\\x").replace("", "\\x"), one],
  ["0x before it", `0x${SHA1}`, one],
  ["sha1/ before it", `sha1/${SHA1}`, one],
  ["sha256: before it", `sha256:${SHA256}`, long],
  ["SHA-1 with a no-break hyphen", `SHA\u20111: ${upper(SHA1)}`, one],
  // Punctuation around it.
  ["back quotes", `\`${SHA1}\``, one],
  ["a block of Markdown", `\`\`\`\n${SHA1}\n\`\`\``, one],
  ["bold in Markdown", `**${upper(SHA1)}**`, one],
  ["italic in Markdown", `_${SHA1}_`, one],
  ["straight quotation marks", `"${SHA1}"`, one],
  ["English quotation marks", `“${SHA1}”`, one],
  ["German quotation marks", `„${SHA1}“`, one],
  ["French quotation marks", `«\u202f${upper(SHA1)}\u202f»`, one],
  ["single guillemets", `‹${SHA1}›`, one],
  ["Japanese quotation marks", `「${SHA1}」`, one],
  ["Chinese brackets", `【${upper(SHA1)}】`, one],
  ["full-width brackets", `指纹（${SHA1}）`, one],
  ["braces", `{${SHA1}}`, one],
  ["a row of a table", `| SHA-1 | ${upper(SHA1)} |`, one],
  ["a box of characters", `│ ${upper(SHA1)} │`, one],
  ["a full stop after it", `The fingerprint is ${SHA1}.`, one],
  ["a sentence after it", `${upper(SHA1, " ")}. Add it, please`, one],
  ["an item of a list", `• ${SHA1}`, one],
  ["a numbered item", `1. ${upper(SHA1)}`, one],
  // Invisible marks.
  ["a mark of direction, as Windows has it", `\u200e${pairs(SHA1, " ")}`, one],
  ["an Arabic letter mark", `\u061c${SHA1}\u061c`, one],
  ["embedded marks of direction", `\u202a${upper(SHA1)}\u202c`, one],
  ["overriding marks of direction", `\u202d${SHA1}\u202e`, one],
  ["isolating marks of direction", `\u2066${SHA1}\u2069`, one],
  ["soft hyphens", fours(SHA1, "\u00ad"), one],
  ["a byte order mark", `\ufeff${SHA1}`, one],
  // Mail.
  ["quoted in a mail", `> Fingerprint:\n> ${upper(SHA1)}`, one],
  ["wrapped in a quoted mail", `> > ${upper(SHA1).slice(0, 30)}\n> > ${upper(SHA1).slice(30)}`, one],
  ["wrapped as quoted-printable", `${upper(SHA1).slice(0, 30)}=\r\n${upper(SHA1).slice(30)}`, one],
  ["wrapped within a pair", `${upper(SHA1).slice(0, 31)}\n    ${upper(SHA1).slice(31)}`, one],
  // Labels.
  ["openssl's label", `SHA1 Fingerprint=${upper(SHA1)}`, one],
  ["openssl 3's label", `sha256 Fingerprint=${upper(SHA256)}`, long],
  ["openssl dgst", `SHA2-256(stdin)= ${SHA256}`, long],
  ["openssl dgst -sha1", `SHA1(cert.der)= ${SHA1}`, one],
  ["sha256sum", `${SHA256}  cert.der`, long],
  ["sha256sum --tag", `SHA256 (cert.der) = ${SHA256}`, long],
  [
    "PowerShell",
    `Thumbprint                                Subject\n----------                                -------\n${SHA1.toUpperCase()}  CN=abc.ui.nabu.casa`,
    one,
  ],
  ["the thumbprint of Windows", `Thumbprint\n${SHA1}`, one],
  ["a hex word before it", `de ${SHA1}`, one],
  ["a hex word before groups", `de ${fours(SHA1)}`, one],
  ["a hex word after groups", `${fours(SHA1)} added`, one],
  ["a line before it that has its own value", `SSL-Session: none\n${SHA1}`, one],
  ["a French label", `Empreinte SHA-1 de ${upper(SHA1)}`, one],
  ["a label in Spanish", `Huella digital SHA-1: ${pairs(SHA1, " ")}`, one],
  [
    "Home Assistant's dialog",
    `Certificate information\nCertificate expiration date: February 9, 2027 at 10:11:12 (will be automatically renewed)\nCertificate fingerprint: ${SHA1}\nAlternative names:\nabc.ui.nabu.casa`,
    one,
  ],
  ["the dialog in German", `Zertifikat-Fingerabdruck: ${SHA1}\nAdditional names: abad.ui.nabu.casa`, one],
  ["the dialog in Chinese", `证书指纹:${SHA1}`, one],
  ["the dialog in Chinese with a full-width colon", `证书指纹：${SHA1}`, one],
  ["nmap", `${NMAP}| MD5:   ${fours(MD5)}\n|_SHA-1: ${fours(SHA1)}`, one],
  ["nmap in one line", `${NMAP}|_SHA-1: ${fours(SHA1)}`.replaceAll("\n", " "), one],
  ["openssl x509 -text -fingerprint", printed("openssl-text-fingerprint"), one],
  ["the same digest twice", `${SHA1}\n${upper(SHA1)}`, one],
  ["a fingerprint next to the key's", CHROME_KEY, long],
  ["a fingerprint after a key ID", `Key ID: ${upper(KEY_ID)}\nSHA-1 Fingerprint: ${upper(SHA1)}`, one],
  ["a fingerprint before a session ID", `Fingerprint ${SHA1}\nSession-ID: ${SESSION}`, one],
  // Both digests of one certificate.
  ["the fingerprints of Firefox", FIREFOX, both],
  ["all of Firefox's viewer", FIREFOX_PAGE, both],
  ["the fingerprints of Keychain Access", KEYCHAIN, both],
  ["all of Keychain Access", KEYCHAIN_PAGE, both],
  ["both rows of Chrome", CHROME, both],
  ["both rows of Android", ANDROID, both],
  ["keytool -printcert", printed("keytool"), both],
  ["a newer nmap", `${NMAP}| MD5:     ${fours(MD5)}\n| SHA-1:   ${fours(SHA1)}\n|_SHA-256: ${fours(SHA256)}`, both],
  ["openssl's SHA-1 and SHA-256", `SHA1 Fingerprint=${upper(SHA1)}\nSHA256 Fingerprint=${upper(SHA256)}`, both],
  ["both without labels", `${SHA1}\n${SHA256}`, both],
  ["certutil -dump", CERTUTIL, both],
  ["both and an MD5", `MD5 ${upper(MD5)}\nSHA-1 ${upper(SHA1)}\nSHA-256 ${upper(SHA256)}`, both],
];

const REFUSED: readonly [name: string, text: string, error: object][] = [
  ["nothing", "", { code: "fingerprint-empty" }],
  ["blanks", " \n\u200b", { code: "fingerprint-empty" }],
  ["words", "where is the fingerprint?", NONE],
  ["an address", "https://abc.ui.nabu.casa", NONE],
  // Something else, by its label.
  ["a session ID", `Session-ID: ${SESSION.toUpperCase()}`, other("session")],
  [
    "all that openssl s_client says of a session",
    printed("s-client").replace(/-----BEGIN[^]*?-----END CERTIFICATE-----/gu, ""),
    other("session"),
  ],
  [
    "a session ticket whose bytes are digits of text",
    `TLS session ticket:\n0000 - 7e 0c 57 79 44 1a f5 1c-f2 e1 c5 9e a4 d0 05 8c   ~.WyD...........\n0010 - 31 32 33 34 ec 6f b8 89-60 39 f9 be 73 c4 29 3f   1234.o..\`9..s.)?`,
    other("session"),
  ],
  ["a master key", `    Master-Key: ${SESSION.repeat(2).slice(0, 96).toUpperCase()}`, other("session")],
  ["a subject key ID", `X509v3 Subject Key Identifier: \n    ${upper(KEY_ID)}`, other("key-id")],
  ["an authority key ID", `X509v3 Authority Key Identifier: \n    keyid:${upper(AUTHORITY_KEY_ID)}`, other("key-id")],
  ["Firefox's key ID", `Subject Key ID\nKey ID\t${upper(KEY_ID)}`, other("key-id")],
  ["a key ID of Windows in German", `Schlüsselkennung des Antragstellers\n${KEY_ID}`, other("key-id")],
  [
    "keytool's key ID",
    "SubjectKeyIdentifier [\nKeyIdentifier [\n0000: 53 1E 1F 8A 5D 0C 87 09   73 60 88 6B CD B0 46 4B  S...]...s`.k..FK\n0010: F0 97 CF 53                                        ...S\n]\n]",
    other("key-id"),
  ],
  ["a key ID of certutil", `Key Id Hash(rfc-sha1): ${KEY_ID}`, other("key-id")],
  [
    "a log's ID of openssl",
    `Log ID    : ${upper(LOG_ID).slice(0, 48)}\n            ${upper(LOG_ID).slice(48)}`,
    other("log-id"),
  ],
  ["a log's ID of Firefox", `Embedded SCTs\nLog ID\t${upper(LOG_ID)}`, other("log-id")],
  ["a log's ID of Keychain Access", `Log Key ID  ${upper(LOG_ID, " ")}`, other("log-id")],
  ["a serial number of openssl", `Serial Number:\n            ${pairs(SERIAL)}`, other("serial")],
  ["openssl -serial", `serial=${SERIAL.toUpperCase()}`, other("serial")],
  ["a serial number of Firefox", `Serial Number\t${upper(SERIAL)}`, other("serial")],
  ["a serial number in German", `Seriennummer: ${upper(SERIAL, " ")}`, other("serial")],
  ["a serial number in French", `Numéro de série : ${upper(SERIAL, " ")}`, other("serial")],
  ["a public key's digest", `Public Key SHA-256: ${SPKI_HEX}`, other("key")],
  ["a public key's fingerprint", `Public key fingerprint: ${SPKI_HEX}`, other("key")],
  ["Chrome's row of the key", `Public Key\nSHA-256\n${SPKI_HEX}`, other("key")],
  ["a digest of the key in a file", `${SPKI_HEX}  pubkey.der`, other("key")],
  ["an SPKI digest", `SPKI SHA-256 ${upper(SPKI_HEX)}`, other("key")],
  ["openssl -ocspid", printed("openssl-ocspid"), other("key")],
  ["a key's fingerprint of gpg", `Primary key fingerprint: ${fours(OTHER)}`, other("key")],
  ["pin-sha256", `pin-sha256="${SPKI}"`, other("key")],
  ["what curl says of the key", CURL, other("key")],
  ["a pin in base64", `sha256/${SPKI}`, other("base64")],
  ["a signature's hash", `Signature Hash: ${LOG_ID}`, other("signature")],
  ["openssl x509 -text", printed("openssl-text"), other("serial")],
  // Too many, too few, misread.
  ["two digests", `${SHA1} ${OTHER}`, SEVERAL],
  ["two digests in pairs", `${upper(SHA1)}\n${upper(OTHER)}`, SEVERAL],
  ["two digests in a list", `${SHA1},${OTHER}`, SEVERAL],
  ["two certificates of keytool", printed("keytool-chain"), SEVERAL],
  ["a certificate and a second SHA-1", `${FIREFOX}\n${OTHER}`, SEVERAL],
  ["a digit too few", SHA1.slice(1), length(39)],
  ["a digit too many", `${SHA1}0`, length(41)],
  ["a label and a pair too few", `SHA1 Fingerprint=${upper(SHA1.slice(2))}`, length(38)],
  ["a label with a space and a pair too few", `SHA1 Fingerprint: ${upper(SHA1.slice(0, 38))}`, length(38)],
  ["a hex word and a pair too few", `de ${upper(SHA1.slice(2))}`, length(38)],
  [
    "an incomplete fingerprint next to a serial",
    `Serial: ${upper(SERIAL)}\nFingerprint: ${upper(SHA1.slice(4))}`,
    length(36),
  ],
  ["a hex word and groups of two digits too few", `de ${fours(SHA1).slice(0, -2)}`, length(38)],
  ["an MD5", MD5, length(32)],
  ["an MD5 with its label", `MD5 Fingerprint=${upper(MD5)}`, length(32)],
  ["a SHA-512", `SHA-512: ${SHA256}\n${SESSION}`, length(128)],
  ["a letter O for a zero", SHA1.replace("0", "O"), looksLike("O", "0")],
  ["an l for a one", SHA1.replace("1", "l"), looksLike("l", "1")],
  ["a bar for a one", SHA1.replace("1", "|"), looksLike("|", "1")],
  ["a Cyrillic а", SHA1.replace("a", "а"), looksLike("а", "a")],
  ["a full-width digit", SHA1.replace("8", "\uff18"), looksLike("\uff18", "8")],
  ["a mathematical digit", upper(SHA1).replace("8", "\u{1d7d6}"), looksLike("\u{1d7d6}", "8")],
  ["a look-alike after a label", `SHA-1 Fingerprint=${SHA1.replace("0", "O")}`, looksLike("O", "0")],
  ["a look-alike in a sentence", `It is ${SHA1.replace("0", "O")}`, looksLike("O", "0")],
  ["a letter that is none", SHA1.replace("3", "g"), { code: "fingerprint-not-hex", character: "g" }],
  [
    "a letter that is none after a label",
    `SHA1 Fingerprint=${upper(SHA1).replace("3", "G")}`,
    { code: "fingerprint-not-hex", character: "g" },
  ],
  ["more than a person pastes", "ab ".repeat(40_000), { code: "fingerprint-too-long", characters: 120_000 }],
];

export { TAKEN, REFUSED };
