import { init, jsx, propsModule, attributesModule, eventListenersModule, type VNode } from "snabbdom";
import browser, { type Tabs } from "webextension-polyfill";
import { isCloudAddress, originPattern, parseAddress, type Address, type AddressError } from "../core/address";
import { parseFingerprint, type Fingerprint, type FingerprintError } from "../core/fingerprint";
import { pagePattern } from "../core/home-place";
import type { Result } from "../core/result";
import { call, type HomeReading, type Shown } from "../shell/calls";
import { say } from "../shell/text";
import { askToClear, type Cleared } from "./clearing";
import type { TypedError } from "./errors";
import type { Home } from "./home-section";
import { detailed, popupBody, type Details } from "./popup-body";
import { saveFile } from "./save";

/** What the form holds while the user types; `error` is shown beside the field it is about. */
export interface Form {
  readonly address: string;
  readonly fingerprint: string;
  readonly open: boolean;
  readonly error?: TypedError;
}

const patch = init([propsModule, attributesModule, eventListenersModule]);
const isPrivate = browser.extension.inIncognitoContext === true;
let drawn: Element | VNode | null = document.getElementById("popup");
let shown: Shown | undefined;
// In the panel there is no current tab, though the types say otherwise.
const isTab = ((await browser.tabs.getCurrent()) as Tabs.Tab | undefined) !== undefined;
/** In a tab there is room for the form, so that a further house can be pinned at once. */
let form: Form = { address: "", fingerprint: "", open: isTab };
let details: Details | undefined;
let home: Home | undefined;
let removed: number | undefined;
let offered: Cleared | undefined;
/** The address spoken of whatever the tab in use shows: named in our URL, or just pinned here. */
let subject = addressNamed();

const draw = (): void => {
  if (shown === undefined || drawn === null) return;
  const { view } = shown;
  drawn = patch(
    drawn,
    <main id="popup">
      {popupBody(
        shown,
        { form, details, home, removed, offered },
        {
          readHome: () => void readHome(true),
          pinHome: (reading) => void pinHome(reading),
          readByItself: (origin, isRead) => void readByItself(origin, isRead),
          guard: (on) => {
            const { address } = view;
            if (address === undefined) return;
            // Guard sees what leaves, but not what a worker of his, left here before, does with what is typed.
            if (on) offered = { address, pressed: false };
            void act(call("guard.set", { address, on }));
          },
          protectAgain: () => {
            if (view.address !== undefined) void act(call("version.protect", { address: view.address }));
          },
          newCertificate: (address) => {
            form = { ...form, open: true, fingerprint: "", address };
            draw();
          },
          openHouses: () => void browser.runtime.openOptionsPage(),
          trust: () => {
            if (view.address !== undefined) void act(call("pin.trust", { address: view.address, private: isPrivate }));
          },
          undo: (at) => {
            removed = undefined;
            void act(call("history.undo", { at }));
          },
          edit: (change) => {
            form = { ...form, ...change };
            draw();
          },
          toggleDetails: () => {
            details = details === undefined ? { names: [] } : undefined;
            void readNames();
          },
          pin: () => void pin(),
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
      )}
    </main>,
  );
};

/** All houses of the cloud are one permission of the manifest; an own domain is asked for by itself. */
const allowPattern = (address: Address): string =>
  isCloudAddress(address) ? "*://*.ui.nabu.casa/*" : originPattern(address);

const act = async (done: Promise<unknown>): Promise<void> => {
  await done;
  await refresh();
};

/** Asks for an own domain's permission in the click itself; the background finishes, for the prompt may close us. */
async function pin(): Promise<void> {
  const address = parseAddress(form.address);
  const fingerprint = parseFingerprint(form.fingerprint);
  const wrong = [address, fingerprint].find((part) => !part.ok);
  if (wrong?.ok === false) {
    form = { ...form, error: wrong.error };
    draw();
    return;
  }
  const replaced = shown?.view.pins[0]?.fingerprint;
  const here = address.ok && shown?.view.address === address.value;
  const asked: Promise<Result<"pinned" | "waiting", AddressError | FingerprintError>> = call("pin.set", {
    ...{ address: form.address, fingerprint: form.fingerprint, private: isPrivate },
    ...(here && replaced !== undefined ? { replaces: replaced } : {}),
  });
  const allowed =
    address.ok && !isCloudAddress(address.value)
      ? await browser.permissions.request({ origins: [originPattern(address.value)] })
      : true;
  const answer = await asked;
  if (!answer.ok) form = { ...form, error: answer.error };
  else if (!allowed) {
    if (address.ok) await call("pin.forget-waiting", { addresses: [address.value] });
    form = { ...form, error: { code: "permission-denied" } };
  } else {
    form = { address: "", fingerprint: "", open: isTab };
    if (address.ok) {
      subject = address.value;
      offered = { address: address.value, pressed: false };
    }
  }
  await refresh();
}

async function remove(fingerprint: Fingerprint): Promise<void> {
  const address = shown?.view.address;
  if (address !== undefined)
    removed = await call("pin.remove", { addresses: [address], fingerprint, private: isPrivate });
  await refresh();
}

/** Asks the page in the tab in use; it may take its time, so what is known already is shown meanwhile. */
async function readHome(asked: boolean): Promise<void> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  if (tab?.id === undefined) return;
  home = { asked };
  draw();
  home = { asked, reply: await call("home.read", { tabId: tab.id, private: isPrivate }) };
  draw();
}

/** Like {@link pin}: own domains are asked for in this very click. */
async function pinHome({ telling, comparison }: HomeReading): Promise<void> {
  const { hosts, fingerprint } = telling;
  const asked = call("home.pin", {
    ...{ hosts, fingerprint, private: isPrivate },
    ...(comparison.kind === "new-key" || comparison.kind === "other-leaf"
      ? { replaces: comparison.pin.fingerprint }
      : {}),
  });
  const own = hosts.filter((host) => !isCloudAddress(host));
  const allowed = own.length === 0 || (await browser.permissions.request({ origins: own.map(originPattern) }));
  await asked;
  if (!allowed) await call("pin.forget-waiting", { addresses: own });
  home = undefined;
  [subject] = hosts;
  offered = subject === undefined ? undefined : { address: subject, pressed: false };
  await refresh();
}

/** The permission is asked for in the click; without it nothing is read, whatever the switch says. */
async function readByItself(origin: string, isRead: boolean): Promise<void> {
  const set = call("home.switch", { origin, isRead });
  const patterns = { origins: [pagePattern(origin)] };
  const done = await (isRead ? browser.permissions.request(patterns) : browser.permissions.remove(patterns));
  await set;
  if (!done && isRead) await call("home.switch", { origin, isRead: false });
  await readHome(true);
}

async function clear(address: Address): Promise<void> {
  offered = { address, pressed: true };
  const allowed = await askToClear(address);
  offered = { address, pressed: allowed, denied: !allowed };
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

/** The reader of certificates is large: it is loaded where somebody wants to see the details. */
async function readNames(): Promise<void> {
  draw();
  const leaf = shown === undefined ? undefined : detailed(shown.view).leaf;
  if (details === undefined || leaf === undefined) return;
  const { namesIn } = await import("./certificate-names");
  details = { names: namesIn(leaf) };
  draw();
}

async function refresh(): Promise<void> {
  const [tab] = isTab ? [] : await browser.tabs.query({ active: true, currentWindow: true });
  shown = await call("view.read", {
    private: isPrivate,
    ...(subject === undefined ? (tab?.id === undefined ? {} : { tabId: tab.id }) : { address: subject }),
  });
  if (form.address === "" && shown.view.pins.length === 0)
    form = { ...form, address: shown.view.address ?? shown.suggested ?? "" };
  await readNames();
}

document.title = say("extensionName");
browser.storage.onChanged.addListener(() => void refresh());
void refresh().then(() => {
  // Where the tab is at no watched address it may be the house's own page.
  if (!isTab && subject === undefined && shown?.view.address === undefined) void readHome(false);
});
