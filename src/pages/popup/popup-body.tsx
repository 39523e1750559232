import { jsx, type VNode } from "snabbdom";
import { CLOSINGS, alarmKindOf } from "../../core/incident/after-alarm";
import { isCloudAddress, parseAddress, type Address } from "../../core/address";
import { commonName, type Anchor, type Handshake } from "../../core/tls/certificate";
import { expiryOf } from "../../core/tls/expiry";
import { inGroups, type Fingerprint } from "../../core/tls/fingerprint";
import { keyOf, type Closing, type Incident } from "../../core/incident/incident";
import type { PlainKey } from "../../core/message-key";
import { mistakenOf } from "../../core/incident/mistaken";
import type { Pin } from "../../core/pin/pin";
import type { GuardLevel } from "../../core/state/state";
import { isAmber } from "../../core/view/button-state";
import type { View } from "../../core/view/view";
import { isOurs, isRed, type Verdict } from "../../core/incident/verdict";
import { headline, uncheckedText, warningText } from "../../core/view/texts";
import type { Shown } from "../../shell/messages/calls";
import { ago, date, facts, translate, translateText } from "../../shell/ui/translate";
import { errorText, type TypedError } from "../shared/errors";
import { homeSection, isTelling, type Home, type HomeActions } from "./home-section";
import { button, digest, soft, SOURCES, unsavedLine } from "../shared/parts";
import type { Tone } from "../shared/parts";
import { choiceButton, choiceRadio, choiceSwitch, type Choice } from "../shared/choice";
import { clearOffer, type Cleared } from "../shared/clearing";
import { BESIDE, choiceFields, nameOf, replacing, type PinChoice } from "../shared/pin-choice";
import { versionSection, type VersionActions } from "../shared/version-section";
import { comparison, exposureLines, shortSteps } from "../shared/warning";
import { wordsOf } from "../shared/ct-texts";

/** What the form holds while the user types; `error` is shown beside the field it is about. */
export interface Form {
  readonly address: string;
  readonly fingerprint: string;
  readonly open: boolean;
  /** What becomes of the pins that the address has; left out while the user has not chosen. */
  readonly choice?: PinChoice;
  readonly error?: TypedError | undefined;
  /** The address of which the user was asked whether another was meant. */
  readonly asked?: string;
}

export interface Actions extends HomeActions, VersionActions {
  readonly close: (address: Address, key: string, how: Closing) => void;
  /** "It is my new certificate", or another of mine: asks for the fingerprint read at home. */
  readonly newCertificate: (address: Address, choice: PinChoice) => void;
  readonly clear: (address: Address) => void;
  readonly edit: (change: Partial<Form>) => void;
  readonly toggleDetails: () => void;
  /** @param isCompared - the user says to have read the fingerprint elsewhere than on this network */
  readonly pin: (isCompared: boolean) => void;
  readonly trust: () => void;
  readonly remove: (fingerprint: Fingerprint) => void;
  readonly undo: (at: number) => void;
  readonly guard: (on: boolean) => void;
  readonly guardLevel: (level: GuardLevel) => void;
  /** Lets Guard work with this version of Firefox. */
  readonly acceptFirefox: () => void;
  readonly openInstances: () => void;
  readonly watch: (watched: boolean) => void;
  readonly check: () => void;
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

/** What the popup holds beside the state: it is gone when the popup closes. */
export interface Held {
  readonly form: Form;
  readonly details: Details | undefined;
  readonly home: Home | undefined;
  /** The removal that can be taken back, by its time. */
  readonly removed: number | undefined;
  /** The address that was just pinned here, where the user may have been before. */
  readonly offered: Cleared | undefined;
}

/** The popup's sections, from what the background tells and what the popup holds. */
export function popupBody({ view }: Shown, held: Held, actions: Actions): VNode[] {
  const { form, details, home } = held;
  const [incident] = view.incidents;
  const mayPin = view.damage === undefined && !view.unwatched;
  return [
    verdictSection(view, isTelling(home)),
    ...(view.address === undefined ? [] : [hostSection(view)]),
    ...(incident === undefined
      ? []
      : [comparison(incident, view.pins, view.check), ...doNow(incident, view.pins, actions)]),
    ...versionSection(view, actions),
    ...guardSwitch(view, actions),
    ...(view.damage === undefined ? [] : [damageSection(view.damage, actions)]),
    ...(view.unsaved === undefined ? [] : [<section attrs={{ class: "amber" }}>{unsavedLine(view.unsaved)}</section>]),
    ...homeSection(home, actions),
    ...(held.offered === undefined ? [] : clearOffer(held.offered, view, actions.clear)),
    ...(held.removed === undefined ? [] : [removedSection(held.removed, actions)]),
    ...(mayPin && ((view.pins.length === 0 && !isTelling(home)) || form.open) ? [pinForm(view, form, actions)] : []),
    ...(details === undefined || view.address === undefined ? [] : [detailsSection(view, details)]),
    ...view.elsewhere.map((other) => elsewhere(other)),
    links(view, held, actions),
  ];
}

/** The steps in short; each is one click away on the page that has them all. */
function doNow(incident: Incident, pins: readonly Pin[], { close, newCertificate }: Actions): VNode[] {
  const { address, verdict } = incident;
  const key = keyOf(incident);
  const href = `incidents.html?key=${encodeURIComponent(key)}`;
  return [
    <section>
      <h2>{translate("headSteps")}</h2>
      {shortSteps(incident)}
      {exposureLines(incident)}
    </section>,
    <section>
      <div attrs={{ class: "row" }}>
        <span attrs={{ class: "column" }}>
          {CLOSINGS[alarmKindOf(verdict)].map((how) =>
            how === "new-certificate"
              ? [
                  button("buttonNewCertificate", "link", () => {
                    newCertificate(address, replacing(pins));
                  }),
                  pins.length === 0
                    ? undefined
                    : button("buttonNewBeside", "link", () => {
                        newCertificate(address, BESIDE);
                      }),
                ]
              : choiceButton({
                  ...{ kind: how, about: key },
                  run: () => {
                    close(address, key, how);
                  },
                }),
          )}
        </span>
        <a attrs={{ class: `button ${isRed(verdict) ? "danger" : "primary"}`, href, target: "_blank" }}>
          {translate("buttonAllSteps")}
        </a>
      </div>
    </section>,
  ];
}

function toneOf({ status }: View): Tone {
  if (status.kind === "incident") return isRed(status.incident.verdict) ? "warning" : "amber";
  if (status.kind === "not-watched") return "quiet";
  if (status.kind === "not-yet") return "unknown";
  const { verdict } = status;
  if (verdict.kind === "unchanged") return "quiet";
  if (isOurs(verdict)) return "verified";
  if (verdict.kind === "unpinned") return "unknown";
  return verdict.kind === "unchecked" ? (isAmber(verdict.reason) ? "amber" : "unknown") : "warning";
}

function verdictSection(view: View, atHome: boolean): VNode {
  const tone = toneOf(view);
  const isElsewhere = view.address === undefined && view.status.kind === "not-watched";
  const [head, meaning] = atHome && isElsewhere ? [translate("headHome"), [translate("sayHome")]] : sentences(view);
  const icon = tone === "amber" ? "unknown" : tone;
  return (
    <section attrs={{ class: `verdict ${tone}`, role: "region", "aria-label": translate("labelVerdict") }}>
      <img props={{ src: `icons/${icon}.svg`, alt: "" }} />
      <div attrs={{ "aria-live": "polite" }}>
        <h1>{head}</h1>
        {meaning.map((paragraph) => (
          <p>{paragraph}</p>
        ))}
      </div>
    </section>
  );
}

/** The headline, and paragraphs below it. */
function sentences({ status, check, address, pins }: View): [string, string[]] {
  switch (status.kind) {
    case "incident": {
      const { verdict } = status.incident;
      const mistaken = mistakenOf(status.incident, pins);
      return [translateText(headline(verdict, mistaken)), [translateText(warningText(verdict, mistaken))]];
    }
    case "not-watched":
      return address === undefined
        ? [translate("headElsewhere"), [translate("sayElsewhere")]]
        : [translate("headNotWatched"), [translate("sayNotWatched")]];
    case "not-yet":
      return [translate("headNotYet"), [translate("sayNotYet")]];
    case "checked":
      return [translateText(headline(status.verdict)), meaningOf(status.verdict, status.at, check?.fresh === true)];
  }
}

/** Each string is a paragraph. */
function meaningOf(verdict: Verdict, at: number, fresh: boolean): string[] {
  switch (verdict.kind) {
    case "match":
      return [translate(fresh ? "sayMatchFresh" : "sayMatch", { ago: ago(at) }), ...noteOf(verdict.note)];
    case "renewed":
      return [translate("sayRenewed", { ago: ago(at) }), ...noteOf(verdict.note)];
    case "unchanged":
      return [translate("sayUnchanged")];
    case "unpinned":
      return [translate("sayUnpinned")];
    case "unchecked":
      return [translateText(uncheckedText(verdict.reason, verdict.words))];
    default:
      return [translateText(warningText(verdict))];
  }
}

const noteOf = (note: string | undefined): string[] =>
  note === undefined ? [] : [translate(note === "expired_or_not_yet_valid" ? "noteExpired" : "noteOverridden")];

function hostSection(view: View): VNode {
  const { address, pins, private: isPrivate, privateAllowed } = view;
  const isOwn = address !== undefined && !isCloudAddress(address) && pins.length > 0;
  return (
    <section>
      <div attrs={{ class: "host" }}>{address}</div>
      {pins.map((pin) => pinLine(pin, view))}
      {expiryHint(view)}
      {recordRow(view)}
      {isOwn ? soft(translate("sayOwnDomain")) : undefined}
      {isPrivate ? soft(translate("sayPrivate")) : undefined}
      {privateAllowed ? undefined : soft(translate("sayPrivateNotAllowed"))}
    </section>
  );
}

/** One pin of the address: its note, how it was learned, and whether the newest check matched this one of several. */
function pinLine(pin: Pin, { pins, status }: View): VNode {
  const { note, source, pinnedAt: pinnedAt, fingerprint, confirmed, wasOnWarning } = pin;
  const matched = status.kind === "checked" && isOurs(status.verdict) && status.verdict.pin === fingerprint;
  const parts = [
    ...(note === "" ? [] : [note]),
    translate(SOURCES[source], { date: new Date(pinnedAt) }),
    ...(confirmed === undefined ? [translate("sayNeverConfirmed")] : []),
    ...(wasOnWarning === true ? [translate("sayWasOnWarning")] : []),
    ...(matched && pins.length > 1 ? [translate("sayMatchedPin")] : []),
  ];
  return soft(parts.join(" · "));
}

/** Offered once a connection has matched the pin: before, there is nothing to compare the record with. */
function recordRow({ address, record }: View): VNode | undefined {
  if (address === undefined || record === undefined) return undefined;
  const { tone, line } = wordsOf(record);
  const href = `record.html?address=${encodeURIComponent(address)}`;
  return (
    <dl attrs={{ class: "facts" }}>
      <dt>{translate("labelRecord")}</dt>
      <dd attrs={{ class: tone }}>
        <a attrs={{ href, target: "_blank" }}>{line}</a>
      </dd>
    </dl>
  );
}

/** Offered once a connection has matched the pin: Guard has nothing to go by before. */
function guardSwitch(
  { address, guarded, guardLevel, check, guardLimit, firefox }: View,
  { guard, guardLevel: setLevel, acceptFirefox }: Actions,
): VNode[] {
  if (guarded === undefined || address === undefined) return [];
  const off: Choice = {
    ...{ kind: "guard-off", about: address },
    run: () => {
      guard(false);
    },
  };
  return [
    <section>
      <label attrs={{ class: "switch" }}>
        {translate("switchGuard")}
        {choiceSwitch(off, guarded, "guard", () => {
          guard(true);
        })}
      </label>
      <div attrs={{ class: "soft", id: "guard" }}>{translate("sayGuard")}</div>
      {guarded ? undefined : soft(translate("sayGuardClears"))}
      {guarded && check?.inconclusive === true ? (
        <p attrs={{ role: "alert" }}>{translate("sayGuardInconclusive")}</p>
      ) : undefined}
      {guardLimit === "unproven-firefox" && firefox !== undefined
        ? choiceButton({ kind: "accept-firefox", about: address, version: String(firefox), run: acceptFirefox })
        : undefined}
      {guardLevel === undefined ? undefined : levelFields(address, guardLevel, setLevel)}
    </section>,
  ];
}

/** Thorough is taken at once; Quick lowers the protection, so it asks first. */
function levelFields(address: Address, level: GuardLevel, choose: (level: GuardLevel) => void): VNode {
  const quick: Choice = {
    ...{ kind: "guard-quick", about: address },
    run: () => {
      choose("quick");
    },
  };
  return (
    <fieldset>
      <legend>{translate("labelGuardLevel")}</legend>
      <label attrs={{ class: "tick" }}>
        <input
          attrs={{ type: "radio", name: "guard-level", "aria-describedby": "thorough" }}
          props={{ checked: level === "thorough" }}
          on={{
            change: () => {
              choose("thorough");
            },
          }}
        />
        {translate("levelThorough")}
      </label>
      <div attrs={{ class: "soft", id: "thorough" }}>{translate("sayLevelThorough")}</div>
      <label attrs={{ class: "tick" }}>
        {choiceRadio(quick, "guard-level", level === "quick", "quick")}
        {translate("levelQuick")}
      </label>
      <div attrs={{ class: "soft", id: "quick" }}>{translate("sayLevelQuick")}</div>
      <p attrs={{ class: "soft" }}>{translate("sayLevelWarns")}</p>
    </fieldset>
  );
}

function expiryHint({ check }: View): VNode | undefined {
  const leaf = check !== undefined && isOurs(check.verdict) ? check.handshake?.leaf : undefined;
  if (leaf === undefined || expiryOf(leaf, Date.now()) !== "late") return undefined;
  return soft(translate("sayRenewalLate", { date: new Date(leaf.notAfter) }));
}

const elsewhere = ({ address, verdict }: Incident): VNode => (
  <section attrs={{ class: isRed(verdict) ? "warning" : "amber" }}>
    <div attrs={{ class: "host" }}>{address}</div>
    <p>{translateText(headline(verdict))}</p>
    <a attrs={{ href: `popup.html?address=${encodeURIComponent(address)}`, target: "_blank" }}>
      {translate("linkShow")}
    </a>
  </section>
);

const damageSection = (reason: string, { saveDamaged, startAgain }: Actions): VNode => (
  <section>
    <p attrs={{ class: "soft" }}>{translate("sayTechnical", { details: reason })}</p>
    <div attrs={{ class: "row" }}>
      {choiceButton({ kind: "start-again", about: reason, run: startAgain })}
      {button("buttonSaveDamaged", "primary", saveDamaged)}
    </div>
  </section>
);

const FIELD = { spellcheck: "false", autocomplete: "off", "aria-describedby": "error" };

const removedSection = (at: number, { undo }: Actions): VNode => (
  <section attrs={{ role: "status" }}>
    <div attrs={{ class: "row" }}>
      {translate("sayRemoved")}
      {button("buttonUndo", "link", () => {
        undo(at);
      })}
    </div>
  </section>
);

/** Offered where nothing speaks against what answers: a connection just made for looking, and no warning. */
const mayTrust = ({ pins, check, incidents }: View): boolean =>
  pins.length === 0 && incidents.length === 0 && check?.verdict.kind === "unpinned" && check.handshake !== undefined;

function pinForm(view: View, form: Form, { edit, pin, trust }: Actions): VNode {
  const { pins, address } = view;
  const typed = parseAddress(form.address);
  const others = typed.ok && typed.value === address ? pins : [];
  const { error } = form;
  const inAddress = error?.code.startsWith("address") === true;
  const inFingerprint = error?.code.startsWith("fingerprint") === true;
  const onInput = (change: (value: string) => Partial<Form>) => (event: Event) => {
    const { value } = event.target as HTMLInputElement;
    edit(change(value));
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    pin(false);
  };
  return (
    <section>
      <form on={{ submit }}>
        <label attrs={{ for: "address" }}>{translate("labelAddress")}</label>
        <input
          props={{ value: form.address }}
          attrs={{ ...FIELD, id: "address", type: "text", "aria-invalid": String(inAddress) }}
          on={{ input: onInput((address) => ({ address })) }}
        />
        {inAddress ? errorLine(error) : undefined}
        {error?.code === "address-did-you-mean" ? useInstead(error.meant, edit) : undefined}
        <label attrs={{ for: "fingerprint" }}>{translate("labelFingerprint")}</label>
        <textarea
          props={{ value: form.fingerprint }}
          attrs={{ ...FIELD, id: "fingerprint", rows: 3, "aria-invalid": String(inFingerprint) }}
          on={{ input: onInput((fingerprint) => ({ fingerprint })) }}
        ></textarea>
        {error !== undefined && !inAddress ? errorLine(error) : undefined}
        {error?.code === "on-warning" ? comparedElsewhere(form, pin) : undefined}
        {soft(translate("sayWhere"))}
        {choiceFields("pin", others, form.choice ?? replacing(others), (choice) => {
          edit({ choice });
        })}
        {soft(translate("sayPinClears"))}
        <div attrs={{ class: "row" }}>
          <span></span>
          <button attrs={{ class: "primary", type: "submit" }}>{translate("buttonPin")}</button>
        </div>
      </form>
      {mayTrust(view) ? (
        <div attrs={{ class: "row" }}>
          {soft(translate("sayTrust"))}
          {choiceButton({ kind: "trust", about: view.check?.handshake?.leaf.sha256 ?? "", run: trust })}
        </div>
      ) : undefined}
    </section>
  );
}

/** What is left to do where a warning shows the certificate of the fingerprint that was typed. */
const comparedElsewhere = ({ address, fingerprint }: Form, pin: Actions["pin"]): VNode[] => [
  <p>{translate("sayCompareElsewhere")}</p>,
  <div attrs={{ class: "row" }}>
    {choiceButton({
      ...{ kind: "compared", about: `${address} ${fingerprint}` },
      run: () => {
        pin(true);
      },
    })}
  </div>,
];

const useInstead = (address: Address, edit: Actions["edit"]): VNode => (
  <button
    attrs={{ class: "link", type: "button" }}
    on={{
      click: () => {
        edit({ address, error: undefined });
      },
    }}
  >
    {translate("buttonUseAddress", { address })}
  </button>
);

const errorLine = (error: Form["error"]): VNode => (
  <div attrs={{ class: "error", id: "error", role: "alert" }}>{error === undefined ? "" : errorText(error)}</div>
);

function detailsSection(view: View, { names }: Details): VNode {
  const { handshake } = detailed(view);
  return (
    <section>
      {handshake === undefined ? translate("sayNoDetails") : certificateList(handshake, names)}
      {view.pins.map((pin) => [
        soft(pin.note === "" ? translate("labelPinned") : nameOf(pin)),
        digest(pin.fingerprint),
        ...(pin.sha1 === undefined ? [] : [soft(translate("labelPinnedSha1")), digest(pin.sha1)]),
        pin.confirmed === undefined ? translate("sayNeverConfirmed") : undefined,
      ])}
    </section>
  );
}

function certificateList({ leaf, anchor, transparency }: Handshake, names: readonly string[]): VNode {
  const rows: [PlainKey, string][] = [
    ["labelSubject", commonName(leaf.subject)],
    ...(names.length === 0 ? [] : [["labelNames", facts(names)] as [PlainKey, string]]),
    ["labelIssuer", commonName(leaf.issuer)],
    ["labelRoot", rootText(anchor)],
    ["labelTransparency", transparencyText(transparency)],
    ["labelFrom", date(leaf.notBefore)],
    ["labelUntil", date(leaf.notAfter)],
    ["labelSha1", inGroups(leaf.sha1).join(" ")],
    ["labelSha256", inGroups(leaf.sha256).join(" ")],
    ["labelKey", leaf.spki],
  ];
  return <dl>{rows.flatMap(([label, value]) => [<dt>{translate(label)}</dt>, <dd>{value}</dd>])}</dl>;
}

/** Firefox's own check: it knows the logs and their rules better than an extension could. */
function transparencyText(status: string): string {
  if (status === "policy_compliant") return translate("transparencyFine");
  return translate(status.startsWith("policy_not_") ? "transparencyBad" : "transparencyNone");
}

function rootText(anchor: Anchor): string {
  switch (anchor.kind) {
    case "built-in":
      return translate("rootBuiltIn", { authority: commonName(anchor.root.subject) });
    case "public":
      return translate("rootPublic", { authority: commonName(anchor.root.subject) });
    case "added":
      return translate("rootAdded", { authority: commonName(anchor.root.subject) });
    case "unknown":
      return translate("rootUnknown");
  }
}

function links(view: View, { form }: Held, actions: Actions): VNode {
  const { address, pins, granted, unwatched, incidents } = view;
  const [pinned, ...others] = pins;
  const instances = [
    <a attrs={{ href: "incidents.html", target: "_blank" }}>{translate("linkIncidents")}</a>,
    button("linkInstances", "link", actions.openInstances),
  ];
  if (address === undefined)
    return (
      <section>
        <div attrs={{ class: "row links" }}>{instances}</div>
      </section>
    );
  return (
    <section>
      <div attrs={{ class: "row links" }}>
        {granted ? undefined : button("buttonAllow", "primary", actions.allow)}
        {button("linkDetails", "link", actions.toggleDetails)}
        {unwatched ? undefined : button("buttonCheck", "link", actions.check)}
        {pinned === undefined || incidents.length > 0
          ? undefined
          : button("buttonEdit", "link", () => {
              actions.edit({ open: !form.open, address });
            })}
        {pinned === undefined || others.length > 0 // of several, the list of instances has a button for each
          ? undefined
          : choiceButton({
              ...{ kind: "remove", about: pinned.fingerprint },
              run: () => {
                actions.remove(pinned.fingerprint);
              },
            })}
        {unwatched
          ? button("buttonWatch", "link", () => {
              actions.watch(true);
            })
          : choiceButton({
              ...{ kind: "unwatch", about: address },
              run: () => {
                actions.watch(false);
              },
            })}
        {instances}
      </div>
    </section>
  );
}
