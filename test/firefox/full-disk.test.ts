// A full disk: the extension has reached Firefox's own storage limit.
import { expect, it } from "vitest";
import { violationsIn } from "../lab/accessibility";
import { suspendBackground } from "../lab/background";
import { EXTENSION_ID } from "../lab/firefox-session";
import { firefox, lab, useBrowser } from "./browser";
import { openInstance, post } from "./guarded";
import { bookOf } from "./user";

const MISMATCH = "Latchkey: WARNING, not your Home Assistant’s certificate";

// In KB, for all sites and extensions together.
useBrowser({ prefs: { "dom.quotaManager.temporaryStorage.fixedLimit": 8192 } });

/**
 * Fills its own database until nothing more fits, then the remaining space in the database of the saved data, down to the
 * last KB. It repeats that, because the database frees space a moment later when it compacts its log.
 * @returns Firefox's words when there is none
 */
const FILL = `(async () => {
  const piece = (size) => Array.from({ length: size / 16 }, () => Math.random().toString(36).padEnd(16, '0').slice(0, 16)).join('');
  const other = await new Promise((done) => {
    const opening = indexedDB.open('fill');
    opening.onupgradeneeded = () => { opening.result.createObjectStore('pieces', { autoIncrement: true }); };
    opening.onsuccess = () => { done(opening.result); };
  });
  const inOther = (value) => new Promise((done, fail) => {
    const change = other.transaction('pieces', 'readwrite');
    change.objectStore('pieces').add(value);
    change.oncomplete = done;
    change.onerror = change.onabort = fail;
  });
  const fill = async (put) => {
    let words = '';
    for (let vain = 0; vain < 5; ) {
      vain++;
      await new Promise((done) => setTimeout(done, 400));
      for (let size = 1 << 20; size >= 1024; ) {
        try {
          await put(piece(size));
          vain = 0;
        } catch (cause) {
          words = String(cause);
          size /= 2;
        }
      }
    }
    return words;
  };
  await fill(inOther);
  let index = 0;
  const words = await fill((value) => browser.storage.local.set({ ['fill ' + index++]: value }));
  other.close();
  return words;
})()`;
/** Removes the other database with its file: deleting within a full database frees no space. */
const EMPTY = `new Promise((done, fail) => {
  const deleting = indexedDB.deleteDatabase('fill');
  deleting.onsuccess = () => { done(true); };
  deleting.onerror = fail;
})`;

it("keeps Guard working, keeps a warning over a suspension, says what is wrong, and saves once there is space", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  const insider = await firefox.extensionPage(`popup.html?address=${instance.host}`);
  expect(await insider.evaluate(FILL)).toMatch(/^Error|Quota/u);
  expect(await post(page)).toBe(200);
  // With so many names, the warning and its evidence need more space than Firefox can reuse.
  const names = Array.from({ length: 800 }, (_, index) => `${String(index)}.of-many-names.example.org`);
  instance.answerWith(await lab.authority.issue({ names: [instance.host, ...names] }));
  expect(await post(page)).toBe("stopped");
  await firefox.buttonShows(MISMATCH);
  await insider.reload();
  await insider.getByText("Latchkey can’t save").waitFor();
  expect(await violationsIn(insider)).toEqual([]);
  expect((await bookOf(insider)).incidents).toEqual([]);

  await suspendBackground(firefox.bidi, EXTENSION_ID);
  await insider.reload();
  await insider.getByText("Latchkey can’t save").waitFor();
  await insider.getByText("This is not your Home Assistant’s certificate").first().waitFor();

  await insider.evaluate(EMPTY);
  await insider.getByText("Latchkey can’t save").waitFor({ state: "detached", timeout: 60_000 });
  expect((await bookOf(insider)).incidents.map(({ address }) => address)).toEqual([instance.host]);
  await page.close();
});
