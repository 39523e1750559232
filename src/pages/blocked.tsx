import { attributesModule, eventListenersModule, init, jsx, propsModule, type VNode } from "snabbdom";
import browser from "webextension-polyfill";
import { parseAddress, placeOf, type Address } from "../core/address";
import type { MessageKey } from "../core/message-key";
import { headline, warningText } from "../core/words";
import { call, type Shown, type Stop } from "../shell/calls";
import { say, sayText } from "../shell/text";
import { button, soft } from "./parts";
import { comparison, steps } from "./warning";

/** In place of a page of a guarded house that was stopped: why, what to do, and the page's address for later. */
const patch = init([propsModule, attributesModule, eventListenersModule]);
let drawn: Element | VNode | null = document.getElementById("blocked");
let shown: Shown | undefined;
const isPrivate = browser.extension.inIncognitoContext === true;
const told = new URLSearchParams(location.search);
const subject = parseAddress(told.get("address") ?? "");
/** Only ever of the address that was stopped: anybody can write a link to this page. */
const url = told.get("url") ?? "";
const wanted = subject.ok && URL.canParse(url) && placeOf(url)?.address === subject.value ? url : undefined;

const STOPPED: Readonly<Record<Stop, readonly [MessageKey, MessageKey]>> = {
  quarantine: ["headStopped", "sayStopped"],
  hold: ["headStopped", "sayHold"],
  damaged: ["headStorageDamaged", "sayStorageDamaged"],
  "not-ours": ["headStopped", "sayStopped"],
  late: ["headCouldNotCheck", "sayLate"],
  "permission-gone": ["headPermissionGone", "sayPermissionGone"],
  "storage-damaged": ["headStorageDamaged", "sayStorageDamaged"],
  "no-certificate": ["headCouldNotCheck", "sayNoCertificate"],
  "certificate-late": ["headCouldNotCheck", "sayCertificateLate"],
  "certificate-error": ["headCouldNotCheck", "sayCertificateError"],
  refused: ["headCouldNotCheck", "sayRefused"],
  "cut-off": ["headUnanswered", "warnUnansweredProbe"],
  unreachable: ["headUnreachable", "sayUnreachable"],
  "probe-unanswered": ["headCouldNotCheck", "sayProbeUnanswered"],
  "not-fresh": ["headCouldNotCheck", "sayNotFresh"],
};
const isStop = (why: string): why is Stop => Object.hasOwn(STOPPED, why);

function draw(address: Address): void {
  if (shown === undefined || drawn === null) return;
  const [incident] = shown.view.incidents;
  const why = told.get("why") ?? "";
  const [head, meaning] = STOPPED[isStop(why) ? why : "late"];
  const isWarning = incident !== undefined;
  drawn = patch(
    drawn,
    <main id="blocked">
      <section
        attrs={{
          class: `verdict ${isWarning ? "warning" : "amber"}`,
          role: "region",
          "aria-label": say("labelVerdict"),
        }}
      >
        <img props={{ src: `icons/${isWarning ? "warning" : "unknown"}.svg`, alt: "" }} />
        <div>
          <h1>{isWarning ? sayText(headline(incident.verdict)) : say(head)}</h1>
          <p>{isWarning ? sayText(warningText(incident.verdict)) : say(meaning)}</p>
        </div>
      </section>
      <section>
        <div attrs={{ class: "host" }}>{address}</div>
        {soft(say("sayNothingSent"))}
        <div attrs={{ class: "row" }}>
          {button("buttonTryAgain", "link", () => void leave())}
          {button("buttonCloseTab", "primary", () => void closeTab())}
        </div>
      </section>
      {isWarning
        ? [
            comparison(shown.view.pins, incident),
            steps(incident, {
              close: (of, key, how) => void act(call("incident.close", { key, how, address: of, private: isPrivate })),
              newCertificate: (of) => {
                location.assign(`popup.html?address=${encodeURIComponent(of)}`);
              },
            }),
          ]
        : []}
      <section>
        {soft(say("sayAnyway"))}
        <div attrs={{ class: "row" }}>{button("buttonAnyway", "link", () => void openAnyway(address))}</div>
      </section>
    </main>,
  );
}

async function tabId(): Promise<number | undefined> {
  return (await browser.tabs.getCurrent()).id;
}

async function closeTab(): Promise<void> {
  const id = await tabId();
  if (id !== undefined) await browser.tabs.remove(id);
}

/** Back to where the user wanted to go; Guard looks again. */
async function leave(): Promise<void> {
  const id = await tabId();
  if (id !== undefined && wanted !== undefined) await browser.tabs.update(id, { url: wanted, loadReplace: true });
}

async function openAnyway(address: Address): Promise<void> {
  const id = await tabId();
  if (id !== undefined) await call("guard.open-anyway", { address, tabId: id });
  await leave();
}

async function act(done: Promise<unknown>): Promise<void> {
  await done;
  await refresh();
}

async function refresh(): Promise<void> {
  if (!subject.ok) return;
  shown = await call("view.read", { address: subject.value, private: isPrivate });
  draw(subject.value);
}

document.title = say("titleBlocked");
browser.storage.onChanged.addListener(() => void refresh());
void refresh();
