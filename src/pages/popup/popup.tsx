// The popup: one instance, what was checked, and what to do. It also opens in a tab.
import browser from "webextension-polyfill";
import { isCloudAddress, originPattern, parseAddress, readAddress, type Address } from "../../core/address";
import type { Fingerprint } from "../../core/tls/fingerprint";
import { pagePattern } from "../../core/pin/local-place";
import { call, type LocalPageReading, type Shown } from "../../shell/messages/calls";
import { askToClear, type Cleared } from "../shared/clearing";
import { beginPage, drawPage, isPrivate, oneAtATime } from "../shared/page";
import type { TypedError } from "../shared/errors";
import { detailed, type Details } from "./details-section";
import { replacedBy, type LocalPage } from "./local-section";
import type { Form } from "./pin-form";
import { popupBody } from "./popup-body";
import { readPasted, type Pasted } from "../shared/pasted";
import { asked as askedFor, KEEPING, replacing } from "../shared/pin-choice";
import { saveFile } from "../shared/save";

let shown: Shown | undefined;
// Firefox knows this at once. It would answer only later which tab this is, and the first paint would wait for that.
const isTab = !browser.extension.getViews({ type: "popup" }).includes(window);
/** A tab has room for the form, so the user can pin another instance at once. */
let form: Form = { address: "", fingerprint: "", open: isTab };
/** The text that was pasted last, and its result as soon as it is read. So it is ready when the user clicks Pin. */
let pasted: { readonly text: string; readonly read: Pasted } | undefined;
let details: Details | undefined;
let localPage: LocalPage | undefined;
let removedAt: number | undefined;
let cleared: Cleared | undefined;
/**
 * The address that the popup shows, whatever the current tab shows: it is named in our URL, or was just pinned here.
 */
let subject = addressNamed();

const draw = (): void => {
  if (shown === undefined) return;
  const { view } = shown;
  drawPage(
    popupBody(
      shown,
      { form, details, localPage, removedAt, cleared },
      {
        readLocalPage: () => void readLocalPage(true),
        pinReported: (reading, keepsOthers) => void pinReported(reading, keepsOthers),
        enterFingerprint: (reading) => void enterFingerprint(reading),
        readByItself: (origin, isRead) => void readByItself(origin, isRead),
        guard: (on) => {
          const { address } = view;
          if (address === undefined) return;
          // Guard sees requests that leave. It doesn't see what an attacker's worker from before does with typed data.
          if (on) cleared = { address, pressed: false };
          void act(call("guard.set", { address, on }));
        },
        guardLevel: (level) => {
          const { address } = view;
          if (address !== undefined) void act(call("guard.level", { address, level, private: isPrivate }));
        },
        acceptFirefox: () => void act(call("guard.accept-firefox", {})),
        protectAgain: () => {
          if (view.address !== undefined) void act(call("version.protect", { address: view.address }));
        },
        newCertificate: (address, choice) => {
          form = { ...form, open: true, fingerprint: "", address, choice };
          draw();
        },
        openInstances: () => void browser.runtime.openOptionsPage(),
        trust: () => {
          if (view.address !== undefined) void act(call("pin.trust", { address: view.address, private: isPrivate }));
        },
        undo: (at) => {
          removedAt = undefined;
          void act(call("history.undo", { at }));
        },
        edit: (change) => {
          // The error was about the former fingerprint.
          const isOver = form.error?.code === "on-warning";
          form = { ...form, ...(isOver ? { error: undefined } : {}), ...change };
          if (change.fingerprint !== undefined) void read(change.fingerprint);
          draw();
        },
        toggleDetails: () => {
          details = details === undefined ? { names: [] } : undefined;
          void readNames();
        },
        pin: (isCompared) => void pin(isCompared),
        remove: (fingerprint) => void remove(fingerprint),
        watch: (watched) => {
          const { address } = view;
          if (address !== undefined) void act(call("watch.set", { address, watched, private: isPrivate }));
        },
        check: () => {
          if (view.address !== undefined) void act(call("check.now", { address: view.address, private: isPrivate }));
        },
        close: (address, key, how) => void act(call("incident.close", { key, how, address, private: isPrivate })),
        clear: (address) => void clear(address),
        allow: () => {
          if (view.address !== undefined)
            void act(browser.permissions.request({ origins: [allowPattern(view.address)] }));
        },
        saveDamaged: () => void saveDamaged(),
        startAgain: () => void act(call("damage.start-again", {})),
      },
    ),
  );
};

/** All instances of the cloud share one permission of the manifest. An own domain needs a separate one. */
const allowPattern = (address: Address): string =>
  isCloudAddress(address) ? "*://*.ui.nabu.casa/*" : originPattern(address);

const act = async (done: Promise<unknown>): Promise<void> => {
  await done;
  await refresh();
};

/** Reads the field while the user continues, because the reader of certificates takes a moment. */
async function read(text: string): Promise<Awaited<Pasted>> {
  const known = pasted?.text === text ? pasted : { text, read: readPasted(text) };
  pasted = known;
  const given = await known.read;
  if (pasted === known) pasted = { text, read: given };
  return given;
}

const refuse = (error: TypedError): void => {
  form = { ...form, error };
  draw();
};

/**
 * Asks for an own domain's permission in the click itself. The background does the rest, because Firefox's question may
 * close the popup.
 */
async function pin(isCompared: boolean): Promise<void> {
  const address = readAddress(form.address, form.asked);
  if (!address.ok) {
    if (address.error.code === "address-did-you-mean") form = { ...form, asked: form.address };
    refuse(address.error);
    return;
  }
  // Firefox allows to ask for a permission only while it handles the click. So a result that is already there isn't
  // awaited.
  const soon = pasted?.text === form.fingerprint ? pasted.read : readPasted(form.fingerprint);
  const given = soon instanceof Promise ? await soon : soon;
  if (!given.ok) {
    refuse(given.error);
    return;
  }
  const here = shown?.view.address === address.value;
  const choice = here ? (form.choice ?? replacing(shown?.view.pins ?? [])) : KEEPING;
  const asked = call("pin.set", {
    address: address.value,
    ...given.value,
    private: isPrivate,
    ...askedFor(choice),
    ...(isCompared ? { compared: true } : {}),
  });
  const allowed =
    isCloudAddress(address.value) || (await browser.permissions.request({ origins: [originPattern(address.value)] }));
  const reply = await asked;
  if (reply === "on-warning") {
    form = { ...form, error: { code: "on-warning" } };
  } else if (!allowed) {
    await call("pin.forget-waiting", { addresses: [address.value] });
    form = { ...form, error: { code: "permission-denied" } };
  } else {
    form = { address: "", fingerprint: "", open: isTab };
    subject = address.value;
    cleared = { address: address.value, pressed: false };
  }
  await refresh();
}

async function remove(fingerprint: Fingerprint): Promise<void> {
  const address = shown?.view.address;
  if (address !== undefined)
    removedAt = await call("pin.remove", { addresses: [address], fingerprint, private: isPrivate });
  await refresh();
}

/** Reads the page in the current tab. That may take time, so what is known already is shown meanwhile. */
async function readLocalPage(asked: boolean): Promise<void> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  if (tab?.id === undefined) return;
  localPage = { asked };
  draw();
  localPage = { asked, reply: await call("local-page.read", { tabId: tab.id, private: isPrivate }) };
  draw();
}

/** Like {@link pin}: asks for permission for your own domains in the click itself. */
async function pinReported(reading: LocalPageReading, keepsOthers: boolean): Promise<void> {
  const { hosts, fingerprint } = reading.telling;
  const replaced = keepsOthers ? undefined : replacedBy(reading);
  const asked = call("local-page.pin", {
    hosts,
    fingerprint,
    private: isPrivate,
    ...(replaced === undefined ? {} : { replaces: replaced }),
  });
  const own = hosts.filter((host) => !isCloudAddress(host));
  const allowed = own.length === 0 || (await browser.permissions.request({ origins: own.map(originPattern) }));
  const reply = await asked;
  if (!allowed) await call("pin.forget-waiting", { addresses: own });
  // There is a warning now, so the local page is read again.
  if (reply === "on-warning") {
    await readLocalPage(true);
    return;
  }
  localPage = undefined;
  [subject] = hosts;
  cleared = subject === undefined ? undefined : { address: subject, pressed: false };
  await refresh();
}

/** Shows the warning, and below it the form for a fingerprint that was read elsewhere. */
async function enterFingerprint(reading: LocalPageReading): Promise<void> {
  const [address] = reading.telling.hosts;
  if (address === undefined) return;
  localPage = undefined;
  subject = address;
  form = { address, fingerprint: "", open: true, choice: { ...KEEPING, replaces: replacedBy(reading) } };
  await refresh();
}

/** Asks for the permission in the click. Without it nothing is read, even if the switch shows "on". */
async function readByItself(origin: string, isRead: boolean): Promise<void> {
  const set = call("local-page.switch", { origin, isRead, private: isPrivate });
  const patterns = { origins: [pagePattern(origin)] };
  const done = await (isRead ? browser.permissions.request(patterns) : browser.permissions.remove(patterns));
  await set;
  if (!done && isRead) await call("local-page.switch", { origin, isRead: false, private: isPrivate });
  await readLocalPage(true);
}

async function clear(address: Address): Promise<void> {
  cleared = { address, pressed: true };
  const allowed = await askToClear(address);
  cleared = { address, pressed: allowed, denied: !allowed };
  await refresh();
}

async function saveDamaged(): Promise<void> {
  const bytes = await call("damage.read", {});
  saveFile("latchkey-damaged.json", bytes);
}

function addressNamed(): Address | undefined {
  const parsed = parseAddress(new URLSearchParams(location.search).get("address") ?? "");
  return parsed.ok ? parsed.value : undefined;
}

/** The reader of certificates is large: it is loaded when the details are opened. */
async function readNames(): Promise<void> {
  draw();
  const leaf = shown === undefined ? undefined : detailed(shown.view).leaf;
  if (details === undefined || leaf === undefined) return;
  const { namesIn } = await import("../shared/certificate-names");
  details = { names: namesIn(leaf) };
  draw();
}

const refresh = oneAtATime(async () => {
  const [tab] = isTab ? [] : await browser.tabs.query({ active: true, currentWindow: true });
  shown = await call("view.read", {
    private: isPrivate,
    ...(subject === undefined ? (tab?.id === undefined ? {} : { tabId: tab.id }) : { address: subject }),
  });
  if (form.address === "" && shown.view.pins.length === 0)
    form = { ...form, address: shown.view.address ?? shown.suggested ?? "" };
  await readNames();
});

void beginPage("extensionName", refresh).then(() => {
  // A tab at no watched address may show the instance's own local page. So may an own domain that leads to it.
  const address = shown?.view.address;
  if (!isTab && subject === undefined && (address === undefined || !isCloudAddress(address))) void readLocalPage(false);
});
