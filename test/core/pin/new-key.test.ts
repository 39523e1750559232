import { describe, expect, it } from "vitest";
import type { Certificate } from "../../../src/core/tls/certificate";
import { likelyRenewal, type LikelyRenewal } from "../../../src/core/pin/new-key";
import type { Pin } from "../../../src/core/pin/pin";
import { ADDED, certificate, confirmed, handshake, ROOT, sha256, spki, unconfirmed } from "../samples";

const DAY = 24 * 60 * 60 * 1000;
const END = 1_800_000_000_000;
const ISSUER = "CN=R11,O=Let's Encrypt,C=US";
const last = { issuer: ISSUER, notBefore: END - 90 * DAY, notAfter: END };
const pinOf = (digit: string, key: string, more = last): Pin =>
  confirmed(digit, key, { confirmed: { spki: spki(key), root: ROOT.sha256, leaves: [sha256(digit)], last: more } });
const pin = pinOf("1", "K");
const builtIn = { kind: "built-in", root: ROOT } as const;
const otherRoot = { kind: "built-in", root: certificate("6", "S", "CN=Another root") } as const;
const systemRoot = { kind: "public", root: otherRoot.root } as const;

interface Row {
  readonly issued: number;
  readonly more?: Partial<Certificate>;
  readonly anchor?: Parameters<typeof handshake>[1];
  readonly pins?: readonly Pin[];
}
const renewalOf = ({
  issued,
  more = {},
  anchor = { anchor: builtIn },
  pins = [pin],
}: Row): LikelyRenewal | undefined => {
  const leaf = { ...certificate("3", "X"), issuer: ISSUER, notBefore: issued, notAfter: issued + 90 * DAY, ...more };
  return likelyRenewal(handshake(leaf, anchor), pins);
};

describe("a certificate with a new key looks like a renewal", () => {
  const LIKE: [when: string, row: Row, as: LikelyRenewal["when"]][] = [
    ["on the day the old one ends", { issued: END }, "end"],
    ["a day after it, to the minute", { issued: END + DAY }, "end"],
    ["a day before it", { issued: END - DAY }, "end"],
    ["30 days before the end, as certbot, acme.sh and Traefik renew", { issued: END - 30 * DAY }, "renewal"],
    ["25 days before the end, as Home Assistant renews", { issued: END - 25 * DAY }, "renewal"],
    ["within a day of that", { issued: END - 24.5 * DAY }, "renewal"],
    [
      "at two thirds of a short life, as Caddy renews",
      {
        issued: END - 2 * DAY,
        pins: [pinOf("1", "K", { ...last, notBefore: END - 6 * DAY })],
      },
      "renewal",
    ],
    [
      "by another intermediate of the same authority",
      { issued: END, more: { issuer: "CN=E7,O=Let's Encrypt,C=US" }, anchor: { anchor: otherRoot } },
      "end",
    ],
    [
      "by another intermediate, under a public root that the system brings",
      { issued: END, more: { issuer: "CN=E7,O=Let's Encrypt,C=US" }, anchor: { anchor: systemRoot } },
      "end",
    ],
    ["by an authority without an organization, under the same root", { issued: END, more: { issuer: "CN=E7" } }, "end"],
    [
      "as that of the second pin of the name",
      { issued: END, pins: [pinOf("5", "N", { ...last, notAfter: END + 40 * DAY }), pin] },
      "end",
    ],
  ];
  it.each(LIKE)("if it was issued %s", (_, row, when) => {
    expect(renewalOf(row)).toEqual({ pin: row.pins?.at(-1) ?? pin, when });
  });

  const UNLIKE: [when: string, row: Row][] = [
    ["more than a day after the end", { issued: END + DAY + 60_000 }],
    ["in the middle of the old one's life", { issued: END - 45 * DAY }],
    ["between its renewal and its end", { issued: END - 15 * DAY }],
    ["by another authority", { issued: END, more: { issuer: "CN=X,O=Other CA" }, anchor: { anchor: otherRoot } }],
    [
      "by an authority that copies the name, under an added root",
      { issued: END, anchor: { anchor: { kind: "added", root: ADDED } } },
    ],
    ["and Firefox gave no chain", { issued: END, anchor: { anchor: { kind: "unknown" } } }],
    [
      "and a certificate error was clicked through",
      { issued: END, anchor: { anchor: builtIn, override: "domain_mismatch" } },
    ],
    ["with the pin's own key", { issued: END, more: { spki: spki("K") } }],
    ["and nothing is pinned", { issued: END, pins: [] }],
    ["and no connection has matched the pin", { issued: END, pins: [unconfirmed("1")] }],
    ["and the pin was confirmed before its times were kept", { issued: END, pins: [confirmed("1", "K")] }],
  ];
  it.each(UNLIKE)("but not if it was issued %s", (_, row) => {
    expect(renewalOf(row)).toBeUndefined();
  });
});
