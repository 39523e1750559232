import { describe, expect, it } from "vitest";
import { authorityName, commonName, trustAnchorOf } from "../../../src/core/tls/certificate";
import { ADDED, certificate, handshake, ROOT } from "../samples";

const NAMES: [name: string, common: string, authority: string][] = [
  ["CN=abc.ui.nabu.casa", "abc.ui.nabu.casa", "abc.ui.nabu.casa"],
  ["CN=R11,O=Let's Encrypt,C=US", "R11", "Let's Encrypt"],
  ["C=US, O=Let's Encrypt, CN=R11", "R11", "Let's Encrypt"],
  ['CN="Proxy, Inc.",O="Company, Inc."', '"Proxy, Inc."', '"Company, Inc."'],
  ["O=Company", "O=Company", "Company"],
  ["OU=Unit CN=inside,O=Company", "OU=Unit CN=inside,O=Company", "Company"],
  ["SN=7,XCN=no", "SN=7,XCN=no", "SN=7,XCN=no"],
  ["no name at all", "no name at all", "no name at all"],
  ["", "", ""],
];
it.each(NAMES)("reads %j as %j of %j", (name, common, authority) => {
  expect(commonName(name)).toBe(common);
  expect(authorityName(name)).toBe(authority);
});

describe("who signed a leaf", () => {
  const leaf = certificate("1", "K");
  const ANCHORS: [what: string, seen: ReturnType<typeof handshake>, anchor: string][] = [
    ["a built-in root", handshake(leaf), ROOT.sha256],
    ["a public root", handshake(leaf, { anchor: { kind: "public", root: ROOT } }), ROOT.sha256],
    ["an added root", handshake(leaf, { anchor: { kind: "added", root: ADDED } }), ADDED.sha256],
    ["its issuer, if Firefox gave no chain", handshake(leaf, { anchor: { kind: "unknown" } }), "CN=R11"],
    [
      "itself, if Firefox gave no chain",
      handshake({ ...leaf, issuer: leaf.subject }, { anchor: { kind: "unknown" } }),
      "self-signed",
    ],
  ];
  it.each(ANCHORS)("is %s", (_, seen, anchor) => {
    expect(trustAnchorOf(seen)).toBe(anchor);
  });
});
