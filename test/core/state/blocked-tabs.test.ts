import { expect, it } from "vitest";
import { parseAddress, type Address } from "../../../src/core/address";
import { forgetTab, noteTab, pageOf, savedUrl, type BlockedTab } from "../../../src/core/state/blocked-tabs";
import { INSTANCE } from "../samples";

const tab = (tabId: number, changes: Partial<BlockedTab> = {}): BlockedTab => ({
  tabId,
  windowId: 1,
  index: 0,
  active: true,
  address: INSTANCE,
  why: "quarantine",
  url: `https://${INSTANCE}/`,
  ...changes,
});

const own = parseAddress("ha.example.org:8443");
const OWN: Address = own.ok ? own.value : INSTANCE;

const SAVED: [what: string, url: string, address: Address, saved: string][] = [
  ["a page", `https://${INSTANCE}/lovelace/0`, INSTANCE, `https://${INSTANCE}/lovelace/0`],
  ["a login's code", `https://${INSTANCE}/?auth_callback=1&code=5ec4e7`, INSTANCE, `https://${INSTANCE}/`],
  ["a token in the fragment", `https://${INSTANCE}/map#access_token=5ec4e7`, INSTANCE, `https://${INSTANCE}/map`],
  ["a user and password", `https://me:5ec4e7@${INSTANCE}/`, INSTANCE, `https://${INSTANCE}/`],
  ["a port", `https://${OWN}/x?5ec4e7`, OWN, `https://${OWN}/x`],
  ["another address", "https://other.example.org/5ec4e7", INSTANCE, `https://${INSTANCE}/`],
  ["a script", "javascript:'5ec4e7'", INSTANCE, `https://${INSTANCE}/`],
  ["no address", "5ec4e7", INSTANCE, `https://${INSTANCE}/`],
  ["nothing", "", INSTANCE, `https://${INSTANCE}/`],
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

it("opens the blocked page again with its details in the address", () => {
  const page = new URL(pageOf(tab(1, { url: `https://${INSTANCE}/a&b=c` })), "moz-extension://id/");
  expect(page.pathname).toBe("/blocked.html");
  expect(Object.fromEntries(page.searchParams)).toEqual({
    address: INSTANCE,
    why: "quarantine",
    url: `https://${INSTANCE}/a&b=c`,
  });
});
