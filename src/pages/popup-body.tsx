import { jsx, type VNode } from "snabbdom";
import { parseAddress, type Address } from "../core/address";
import { commonName, type Anchor, type Handshake } from "../core/certificate";
import { inGroups, type Fingerprint } from "../core/fingerprint";
import { keyOf, type Closing, type Incident } from "../core/incident";
import type { MessageKey } from "../core/message-key";
import { isAmber } from "../core/toolbar";
import type { Pin } from "../core/pin";
import type { View } from "../core/view";
import { isOurs, type Verdict } from "../core/verdict";
import { headline, uncheckedText, warningText } from "../core/words";
import type { Shown } from "../shell/calls";
import { say, sayText } from "../shell/text";
import type { Form } from "./popup";

export interface Actions {
  readonly edit: (change: Partial<Form>) => void;
  readonly toggleDetails: () => void;
  readonly pin: () => void;
  readonly remove: (fingerprint: Fingerprint) => void;
  readonly watch: (watched: boolean) => void;
  readonly check: () => void;
  readonly close: (address: Address, key: string, how: Closing) => void;
  readonly allow: () => void;
  readonly saveDamaged: () => void;
  readonly startAgain: () => void;
}

/** What the opened details show beside the state: the names in the certificate, once they have been read. */
export interface Details {
  readonly names: readonly string[];
}

/** The handshake the details are about, and its leaf in DER where it was kept. */
export function detailed({ incidents, check }: View): { handshake: Handshake | undefined; leaf: string | undefined } {
  const seen = incidents[0]?.samples.at(-1) ?? check;
  return { handshake: seen?.handshake, leaf: seen?.chain[0] };
}

/** The popup's sections, from what the background tells and what the user has typed. */
export function popupBody(shown: Shown, form: Form, details: Details | undefined, actions: Actions): VNode[] {
  const { view } = shown;
  const [incident] = view.incidents;
  const mayPin = view.damage === undefined && !view.unwatched;
  return [
    verdictSection(view),
    ...(view.address === undefined ? [] : [hostSection(view)]),
    ...(incident === undefined ? [] : [comparison(view, incident), steps(incident, actions)]),
    ...(view.damage === undefined ? [] : [damageSection(view.damage, actions)]),
    ...(mayPin && (view.pins.length === 0 || form.open) ? [pinForm(view, form, actions)] : []),
    ...(details === undefined || view.address === undefined ? [] : [detailsSection(view, details)]),
    ...view.elsewhere.map((other) => elsewhere(other)),
    links(view, form, actions),
  ];
}

type Tone = "verified" | "warning" | "amber" | "unknown" | "quiet";

function toneOf({ status }: View): Tone {
  if (status.kind === "incident") return "warning";
  if (status.kind === "not-watched") return "quiet";
  if (status.kind === "not-yet") return "unknown";
  const { verdict } = status;
  if (verdict.kind === "unchanged") return "quiet";
  if (isOurs(verdict)) return "verified";
  if (verdict.kind === "unpinned") return "unknown";
  return verdict.kind === "unchecked" ? (isAmber(verdict.reason) ? "amber" : "unknown") : "warning";
}

function verdictSection(view: View): VNode {
  const tone = toneOf(view);
  const [head, meaning] = sentences(view);
  const icon = tone === "amber" ? "unknown" : tone;
  return (
    <section attrs={{ class: `verdict ${tone}`, role: "region", "aria-label": say("labelVerdict") }}>
      <img props={{ src: `icons/${icon}.svg`, alt: "" }} />
      <div attrs={{ "aria-live": "polite" }}>
        <h1>{head}</h1>
        <p>{meaning}</p>
      </div>
    </section>
  );
}

function sentences({ status, check, address }: View): [string, string] {
  switch (status.kind) {
    case "incident":
      return [sayText(headline(status.incident.verdict)), sayText(warningText(status.incident.verdict))];
    case "not-watched":
      return address === undefined
        ? [say("headElsewhere"), say("sayElsewhere")]
        : [say("headNotWatched"), say("sayNotWatched")];
    case "not-yet":
      return [say("headNotYet"), say("sayNotYet")];
    case "checked":
      return [sayText(headline(status.verdict)), meaningOf(status.verdict, status.at, check?.fresh === true)];
  }
}

function meaningOf(verdict: Verdict, at: number, fresh: boolean): string {
  switch (verdict.kind) {
    case "match":
      return [say(fresh ? "sayMatchFresh" : "sayMatch", ago(at)), ...noteOf(verdict.note)].join(" ");
    case "renewed":
      return [say("sayRenewed", ago(at)), ...noteOf(verdict.note)].join(" ");
    case "unchanged":
      return say("sayUnchanged");
    case "unpinned":
      return say("sayUnpinned");
    case "unchecked":
      return sayText(uncheckedText(verdict.reason, verdict.words));
    default:
      return sayText(warningText(verdict));
  }
}

const noteOf = (note: string | undefined): string[] =>
  note === undefined ? [] : [say(note === "expired_or_not_yet_valid" ? "noteExpired" : "noteOverridden")];

const locale = (): string => new Intl.DateTimeFormat().resolvedOptions().locale;
const ago = (at: number): string => {
  const seconds = Math.round((at - Date.now()) / 1000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (seconds > -60) return relative.format(seconds, "second");
  return seconds > -3600
    ? relative.format(Math.round(seconds / 60), "minute")
    : relative.format(Math.round(seconds / 3600), "hour");
};
const date = (at: number | string): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "long" }).format(new Date(at));
const time = (at: number): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(at);

const SOURCES: Readonly<Record<Pin["source"], MessageKey>> = {
  home: "pinnedHome",
  typed: "pinnedTyped",
  imported: "pinnedImported",
  "first-use": "pinnedFirstUse",
};

function hostSection({ address, pins, private: isPrivate, privateAllowed }: View): VNode {
  return (
    <section>
      <div attrs={{ class: "host" }}>{address}</div>
      {pins.map(({ source, toldAt }) => (
        <div attrs={{ class: "soft" }}>{say(SOURCES[source], date(toldAt))}</div>
      ))}
      {isPrivate ? <div attrs={{ class: "soft" }}>{say("sayPrivate")}</div> : undefined}
      {privateAllowed ? undefined : <div attrs={{ class: "soft" }}>{say("sayPrivateNotAllowed")}</div>}
    </section>
  );
}

/** What answered beside what is pinned, group by group; groups that differ are marked. */
function comparison({ pins }: View, { samples, first, count }: Incident): VNode {
  const leaf = samples.at(-1)?.handshake?.leaf;
  const pinned = pins[0]?.fingerprint;
  return (
    <section>
      {leaf === undefined || pinned === undefined
        ? []
        : [<div attrs={{ class: "soft" }}>{say("labelYourHouse")}</div>, digest(pinned)]}
      <div attrs={{ class: "soft" }}>{say("labelAnswered", time(first), String(count))}</div>
      {leaf === undefined ? undefined : digest(pinned?.length === 64 ? leaf.sha256 : leaf.sha1, pinned)}
    </section>
  );
}

function digest(value: string, beside?: string): VNode {
  const others = inGroups(beside ?? value);
  const groups = inGroups(value).map((group, index) => (group === others[index] ? group : <mark>{group}</mark>));
  return <div attrs={{ class: "digest" }}>{groups.flatMap((group) => [group, " "])}</div>;
}

const STEPS: readonly MessageKey[] = ["stepDoNotLogIn", "stepCompare", "stepRenewal", "stepSignOut"];
const PLAIN_STEPS: readonly MessageKey[] = ["stepDoNotLogIn", "stepEncrypted", "stepSignOutPlain"];

function steps(incident: Incident, { close, edit }: Actions): VNode {
  const { address, verdict } = incident;
  const end = (how: Closing) => () => {
    close(address, keyOf(incident), how);
  };
  const isPlain = verdict.kind === "plaintext";
  return (
    <section>
      <h2>{say("headSteps")}</h2>
      <ol>
        {(isPlain ? PLAIN_STEPS : STEPS).map((step) => (
          <li>{say(step)}</li>
        ))}
      </ol>
      <p attrs={{ class: "soft" }}>{say(isPlain ? "exposedPlain" : "exposed")}</p>
      <div attrs={{ class: "row" }}>
        {isPlain
          ? undefined
          : button("buttonNewCertificate", "link", () => {
              edit({ open: true, fingerprint: "", address });
            })}
        {isPlain ? button("buttonUnderstood", "link", end("understood")) : button("buttonDone", "link", end("done"))}
      </div>
    </section>
  );
}

const elsewhere = ({ address, verdict }: Incident): VNode => (
  <section attrs={{ class: "warning" }}>
    <div attrs={{ class: "host" }}>{address}</div>
    <p>{sayText(headline(verdict))}</p>
    <a attrs={{ href: `popup.html?address=${encodeURIComponent(address)}`, target: "_blank" }}>{say("linkShow")}</a>
  </section>
);

const damageSection = (reason: string, { saveDamaged, startAgain }: Actions): VNode => (
  <section>
    <p attrs={{ class: "soft" }}>{reason}</p>
    <div attrs={{ class: "row" }}>
      {button("buttonStartAgain", "link", startAgain)}
      {button("buttonSaveDamaged", "primary", saveDamaged)}
    </div>
  </section>
);

const FIELD = { spellcheck: "false", autocomplete: "off", "aria-describedby": "error" };

function pinForm({ pins, address }: View, form: Form, { edit, pin }: Actions): VNode {
  const typed = parseAddress(form.address);
  const replaces = pins.length > 0 && typed.ok && typed.value === address;
  const { error } = form;
  const inAddress = error?.code.startsWith("address") === true;
  const inFingerprint = error?.code.startsWith("fingerprint") === true;
  const onInput = (change: (value: string) => Partial<Form>) => (event: Event) => {
    const { value } = event.target as HTMLInputElement;
    edit(change(value));
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    pin();
  };
  return (
    <section>
      <form on={{ submit }}>
        <label attrs={{ for: "address" }}>{say("labelAddress")}</label>
        <input
          props={{ value: form.address }}
          attrs={{ ...FIELD, id: "address", type: "text", "aria-invalid": String(inAddress) }}
          on={{ input: onInput((address) => ({ address })) }}
        />
        {inAddress ? errorLine(error) : undefined}
        <label attrs={{ for: "fingerprint" }}>{say("labelFingerprint")}</label>
        <textarea
          props={{ value: form.fingerprint }}
          attrs={{ ...FIELD, id: "fingerprint", rows: 3, "aria-invalid": String(inFingerprint) }}
          on={{ input: onInput((fingerprint) => ({ fingerprint })) }}
        ></textarea>
        {error !== undefined && !inAddress ? errorLine(error) : undefined}
        <div attrs={{ class: "soft" }}>{say("sayWhere")}</div>
        <div attrs={{ class: "row" }}>
          <span attrs={{ class: "soft" }}>{replaces ? say("sayReplaces") : ""}</span>
          <button attrs={{ class: "primary", type: "submit" }}>{say("buttonPin")}</button>
        </div>
      </form>
    </section>
  );
}

const errorLine = (error: Form["error"]): VNode => (
  <div attrs={{ class: "error", id: "error", role: "alert" }}>{error === undefined ? "" : errorText(error)}</div>
);

function errorText(error: NonNullable<Form["error"]>): string {
  switch (error.code) {
    case "address-empty":
      return say("errorAddressEmpty");
    case "address-not-a-host":
      return say("errorAddressNotAHost");
    case "address-has-login":
      return say("errorAddressHasLogin");
    case "address-local":
      return say("errorAddressLocal");
    case "fingerprint-empty":
      return say("errorFingerprintEmpty");
    case "fingerprint-none":
      return say("errorFingerprintNone");
    case "fingerprint-look-alike":
      return say("errorFingerprintLookAlike", error.character, error.meant);
    case "fingerprint-not-hex":
      return say("errorFingerprintNotHex", error.character);
    case "fingerprint-wrong-length":
      return say("errorFingerprintWrongLength", String(error.digits));
    case "fingerprint-several":
      return say("errorFingerprintSeveral");
    case "permission-denied":
      return say("errorPermissionDenied");
  }
}

function detailsSection(view: View, { names }: Details): VNode {
  const { handshake } = detailed(view);
  return (
    <section>
      {handshake === undefined ? say("sayNoDetails") : certificateList(handshake, names)}
      {view.pins.map((pin) => [
        <div attrs={{ class: "soft" }}>{say("labelPinned")}</div>,
        digest(pin.fingerprint),
        pin.confirmed === undefined ? say("sayNeverConfirmed") : undefined,
      ])}
    </section>
  );
}

function certificateList({ leaf, anchor }: Handshake, names: readonly string[]): VNode {
  const rows: [MessageKey, string][] = [
    ["labelSubject", commonName(leaf.subject)],
    ...(names.length === 0 ? [] : [["labelNames", names.join(", ")] as [MessageKey, string]]),
    ["labelIssuer", commonName(leaf.issuer)],
    ["labelRoot", rootText(anchor)],
    ["labelFrom", date(leaf.notBefore)],
    ["labelUntil", date(leaf.notAfter)],
    ["labelSha1", inGroups(leaf.sha1).join(" ")],
    ["labelSha256", inGroups(leaf.sha256).join(" ")],
    ["labelKey", leaf.spki],
  ];
  return <dl>{rows.flatMap(([label, value]) => [<dt>{say(label)}</dt>, <dd>{value}</dd>])}</dl>;
}

function rootText(anchor: Anchor): string {
  switch (anchor.kind) {
    case "built-in":
      return say("rootBuiltIn", commonName(anchor.root.subject));
    case "added":
      return say("rootAdded", commonName(anchor.root.subject));
    case "unknown":
      return say("rootUnknown");
  }
}

function links(view: View, form: Form, actions: Actions): VNode {
  const { address, pins, granted, unwatched, incidents } = view;
  const [pinned] = pins;
  if (address === undefined) return <section></section>;
  const change = (): void => {
    actions.edit({ open: !form.open, address });
  };
  return (
    <section>
      <div attrs={{ class: "row" }}>
        {granted ? undefined : button("buttonAllow", "primary", actions.allow)}
        {button("linkDetails", "link", actions.toggleDetails)}
        {unwatched ? undefined : button("buttonCheck", "link", actions.check)}
        {pinned === undefined || incidents.length > 0 ? undefined : button("buttonEdit", "link", change)}
        {pinned === undefined
          ? undefined
          : button("buttonRemove", "link", () => {
              actions.remove(pinned.fingerprint);
            })}
        {button(unwatched ? "buttonWatch" : "buttonUnwatch", "link", () => {
          actions.watch(unwatched);
        })}
      </div>
    </section>
  );
}

const button = (label: MessageKey, look: "primary" | "link", click: () => void): VNode => (
  <button attrs={{ class: look, type: "button" }} on={{ click }}>
    {say(label)}
  </button>
);
