import { expect, it } from "vitest";
import { ADDRESS, parseAddress, placeOf, readAddress, sentPlaceOf } from "../../src/core/address";
import { fc, test } from "./properties";

const CLOUD = "abc.ui.nabu.casa";

const TAKEN: readonly [name: string, text: string, address: string][] = [
  ["a host", CLOUD, CLOUD],
  ["an address", `https://${CLOUD}`, CLOUD],
  ["the address bar's text", `https://${CLOUD}/lovelace/default_view?kiosk#top`, CLOUD],
  ["blanks around it", `  https://${CLOUD}/ \n`, CLOUD],
  ["a query that holds another address", `https://${CLOUD}/auth?redirect_uri=https://ha.example.org/`, CLOUD],
  ["upper case", "HTTPS://ABC.UI.NABU.CASA/", CLOUD],
  ["a port", "ha.example.org:8443", "ha.example.org:8443"],
  ["an own domain", "https://ha.example.org", "ha.example.org"],
  ["an own domain that is not like the cloud's", "nabu.example.casa", "nabu.example.casa"],
  ["a longer domain", "abc.my-ui.nabu.casas.example", "abc.my-ui.nabu.casas.example"],
];
it.each(TAKEN)("takes %s", (_, text, address) => {
  expect(readAddress(text)).toEqual({ ok: true, value: address });
});

const SEVERAL = { code: "address-several" };
const meant = (address = CLOUD): object => ({ code: "address-did-you-mean", meant: address });
const REFUSED: readonly [name: string, text: string, error: object][] = [
  ["two addresses that a field of one line joined", `https://${CLOUD}https://${CLOUD}`, SEVERAL],
  ["a host and an address joined", `${CLOUD}https://ha.example.org`, SEVERAL],
  ["two addresses with a slash between", `https://${CLOUD}/https://ha.example.org/`, SEVERAL],
  ["two addresses with a blank", `https://${CLOUD} https://ha.example.org`, SEVERAL],
  ["two hosts with a comma", `${CLOUD}, ha.example.org`, SEVERAL],
  ["two hosts with a comma and no blank", `${CLOUD},ha.example.org`, SEVERAL],
  ["two hosts with a semicolon", `${CLOUD};ha.example.org`, SEVERAL],
  ["two lines", `https://${CLOUD}\nhttps://ha.example.org`, SEVERAL],
  ["the same host twice, joined", `${CLOUD}${CLOUD}`, SEVERAL],
  ["two hosts joined", `${CLOUD}def.ui.nabu.casa`, SEVERAL],
  ["two hosts joined with a port", `${CLOUD}:8443def.ui.nabu.casa`, { code: "address-not-a-host" }],
  ["a letter too few", "abc.ui.nabu.cas", meant()],
  ["a letter too few, with a scheme and a path", "https://abc.ui.nabu.cas/lovelace", meant()],
  ["another letter", "abc.ui.nabu.case", meant()],
  ["two letters swapped", "abc.ui.nabu.csaa", meant()],
  ["a letter too many", "abc.ui.nabu.casaa", meant()],
  ["a dot too few", "abc.ui.nabucasa", meant()],
  ["a dot too many", "abc.ui.na.bu.casa", meant()],
  ["letters swapped in the middle", "abc.iu.nabu.casa", meant()],
  ["two slips, one of them letters swapped", "abc.iu.nabu.cas", meant()],
  ["another name", "x1y2.ui.nabu.caza", meant("x1y2.ui.nabu.casa")],
  ["a host that is too long", `${"a.".repeat(150)}example`, { code: "address-not-a-host" }],
  ["a whole text of one word", "a".repeat(100_000), { code: "address-not-a-host" }],
  ["nothing", " ", { code: "address-empty" }],
  ["words", "my home assistant", { code: "address-not-a-host" }],
  ["a login", "https://me:secret@ha.example.org", { code: "address-has-login" }],
  ["a local name", "http://homeassistant.local:8123", { code: "address-local" }],
];
it.each(REFUSED)("refuses %s", (_, text, error) => {
  expect(readAddress(text)).toEqual({ ok: false, error });
});

it("takes an address that resembles the cloud's when it is sent again after the question", () => {
  expect(readAddress("abc.ui.nabu.cas", "abc.ui.nabu.case")).toMatchObject({ ok: false });
  expect(readAddress("abc.ui.nabu.cas", "abc.ui.nabu.cas")).toEqual({ ok: true, value: "abc.ui.nabu.cas" });
});

it("still reads what older versions stored", () => {
  for (const stored of ["abc.ui.nabu.casahttps", "abc.ui.nabu.cas", `${CLOUD}${CLOUD}`])
    expect(ADDRESS.safeParse(stored).success).toBe(true);
});

test(
  "never throws, and takes only a text that is an address",
  [
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.webUrl(),
      fc.string({ unit: fc.constantFrom(...Array.from("abc.:/,;? ")) }),
    ),
  ],
  (text) => {
    const read = readAddress(text);
    if (read.ok) expect(parseAddress(read.value)).toEqual(read);
  },
);

const PLACES: [url: string, place: string | undefined, isSecure?: boolean, sentPlace?: string][] = [
  ["https://abc.ui.nabu.casa/lovelace", "abc.ui.nabu.casa", true],
  ["wss://abc.ui.nabu.casa/api/websocket", "abc.ui.nabu.casa", true],
  ["https://ABC.ui.nabu.casa.:443/", "abc.ui.nabu.casa", true],
  ["https://ha.example.org:8123/", "ha.example.org:8123", true],
  ["http://abc.ui.nabu.casa/", "abc.ui.nabu.casa", false],
  ["ws://ha.example.org:8123/", "ha.example.org:8123", false],
  ["http://abc.ui.nabu.casa:443/", undefined, false, "abc.ui.nabu.casa"],
  ["ws://abc.ui.nabu.casa:443/", undefined, false, "abc.ui.nabu.casa"],
  ["ftp://abc.ui.nabu.casa/", undefined],
  ["about:blank", undefined],
  ["nonsense", undefined],
];
it.each(PLACES)("finds the place of %s", (url, address, secure, sentAddress = address) => {
  expect(placeOf(url)).toEqual(address === undefined ? undefined : { address, secure });
  expect(sentPlaceOf(url)).toEqual(sentAddress === undefined ? undefined : { address: sentAddress, secure });
});
