import { init, jsx, propsModule, attributesModule, eventListenersModule, type VNode } from "snabbdom";
import browser, { type Tabs } from "webextension-polyfill";
import { isCloudAddress, originPattern, parseAddress, type Address, type AddressError } from "../core/address";
import { parseFingerprint, type FingerprintError } from "../core/fingerprint";
import type { Result } from "../core/result";
import { call, type Shown } from "../shell/calls";
import { say } from "../shell/text";
import { detailed, popupBody, type Details } from "./popup-body";

/** What the form holds while the user types; `error` is shown beside the field it is about. */
export interface Form {
  readonly address: string;
  readonly fingerprint: string;
  readonly open: boolean;
  readonly error?: AddressError | FingerprintError | { readonly code: "permission-denied" };
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
/** The address spoken of whatever the tab in use shows: named in our URL, or just pinned here. */
let subject = addressNamed();

const draw = (): void => {
  if (shown === undefined || drawn === null) return;
  const { view } = shown;
  drawn = patch(
    drawn,
    <main id="popup">
      {popupBody(shown, form, details, {
        edit: (change) => {
          form = { ...form, ...change };
          draw();
        },
        toggleDetails: () => {
          details = details === undefined ? { names: [] } : undefined;
          void readNames();
        },
        pin: () => void pin(),
        remove: (fingerprint) => {
          if (view.address !== undefined)
            void act(call("pin.remove", { address: view.address, fingerprint, private: isPrivate }));
        },
        watch: (watched) => {
          const { address } = view;
          if (address !== undefined) void act(call("watch.set", { address, watched, private: isPrivate }));
        },
        check: () => {
          if (view.address !== undefined) void act(call("check.now", { address: view.address, private: isPrivate }));
        },
        close: (address, key, how) => void act(call("incident.close", { key, how, address, private: isPrivate })),
        allow: () => {
          if (view.address !== undefined)
            void act(browser.permissions.request({ origins: [allowPattern(view.address)] }));
        },
        saveDamaged: () => void saveDamaged(),
        startAgain: () => void act(call("damage.start-again", {})),
      })}
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
    await call("pin.forget-waiting", { address: form.address });
    form = { ...form, error: { code: "permission-denied" } };
  } else {
    form = { address: "", fingerprint: "", open: isTab };
    if (address.ok) subject = address.value;
  }
  await refresh();
}

async function saveDamaged(): Promise<void> {
  const bytes = await call("damage.read", {});
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/json" }));
  link.download = "latchkey-damaged.json";
  link.click();
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
void refresh();
