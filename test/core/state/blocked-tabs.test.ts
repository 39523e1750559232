import { expect, it } from "vitest";
import { parseAddress, type Address } from "../../../src/core/address";
import { forgetTab, noteTab, pageOf, savedUrl, type BlockedTab } from "../../../src/core/state/blocked-tabs";
import { HOUSE } from "../samples";

const tab = (tabId: number, changes: Partial<BlockedTab> = {}): BlockedTab => ({
  ...{ tabId, windowId: 1, index: 0, active: true, address: HOUSE, why: "quarantine", url: `https://${HOUSE}/` },
  ...changes,
});

const own = parseAddress("ha.example.org:8443");
const OWN: Address = own.ok ? own.value : HOUSE;

const SAVED: [what: string, url: string, address: Address, saved: string][] = [
  ["a page", `https://${HOUSE}/lovelace/0`, HOUSE, `https://${HOUSE}/lovelace/0`],
  ["a login's code", `https://${HOUSE}/?auth_callback=1&code=5ec4e7`, HOUSE, `https://${HOUSE}/`],
  ["a token in the fragment", `https://${HOUSE}/map#access_token=5ec4e7`, HOUSE, `https://${HOUSE}/map`],
  ["a user and password", `https://me:5ec4e7@${HOUSE}/`, HOUSE, `https://${HOUSE}/`],
  ["a port", `https://${OWN}/x?5ec4e7`, OWN, `https://${OWN}/x`],
  ["another address", "https://other.example.org/5ec4e7", HOUSE, `https://${HOUSE}/`],
  ["a script", "javascript:'5ec4e7'", HOUSE, `https://${HOUSE}/`],
  ["no address", "5ec4e7", HOUSE, `https://${HOUSE}/`],
  ["nothing", "", HOUSE, `https://${HOUSE}/`],
];
it.each(SAVED)("saves no secret of the address of a blocked page: %s", (_, url, address, saved) => {
  expect(savedUrl(url, address)).toBe(saved);
  expect(savedUrl(url, address)).not.toContain("5ec4e7");
});

it("keeps one entry a tab, as it is now", () => {
  const tabs = noteTab(noteTab([], tab(1)), tab(2));
  expect(noteTab(tabs, tab(1, { active: false }))).toEqual([tab(2), tab(1, { active: false })]);
  expect(forgetTab(tabs, 1)).toEqual([tab(2)]);
});

it("keeps the hundred tabs that were shown last", () => {
  const all = Array.from({ length: 120 }, (_, index) => tab(index)).reduce<BlockedTab[]>(noteTab, []);
  expect(all.map(({ tabId }) => tabId)).toEqual(Array.from({ length: 100 }, (_, index) => index + 20));
});

it("opens the page again with what it is told in its address", () => {
  const page = new URL(pageOf(tab(1, { url: `https://${HOUSE}/a&b=c` })), "moz-extension://id/");
  expect(page.pathname).toBe("/blocked.html");
  expect(Object.fromEntries(page.searchParams)).toEqual({
    ...{ address: HOUSE, why: "quarantine", url: `https://${HOUSE}/a&b=c` },
  });
});
