// Your instances and their pins, what happened to them, and how to take them to another browser.
import { jsx, type VNode } from "snabbdom";
import browser from "webextension-polyfill";
import { isCloudAddress, originPattern } from "../../core/address";
import { parsePinFile, writePinFile, type PinFileError } from "../../core/pin/pin-file";
import { expiryOf } from "../../core/tls/expiry";
import type { Fingerprint } from "../../core/tls/fingerprint";
import { previewImport, type Change } from "../../core/pin/import-preview";
import { undone, type Entry, type Event as HistoryEvent } from "../../core/pin/history";
import type { KeyWith } from "../../core/message-key";
import type { Pin } from "../../core/pin/pin";
import { call, type StoredShown } from "../../shell/messages/calls";
import { ordinal, time, translate } from "../../shell/ui/translate";
import { button, digest, soft, SOURCES, unsavedLine } from "../shared/parts";
import { beginPage, drawPage } from "../shared/page";
import { choiceButton } from "../shared/choice";
import { noteField } from "../shared/pin-choice";
import { saveFile } from "../shared/save";
import { versionHistory, versionSettings } from "./version-settings";

let stored: StoredShown | undefined;
/** A file that was read and is not imported yet. */
let preview: { readonly pins: readonly Pin[]; readonly changes: readonly Change[] } | undefined;
let importError: PinFileError | undefined;
/** Addresses at which a warning shows what the file would have pinned. Those pins were not imported. */
let refused: readonly string[] = [];
/** The note that is being edited, and of which pin. */
let noting: { readonly fingerprint: Fingerprint; readonly note: string } | undefined;

function draw(): void {
  if (stored === undefined) return;
  drawPage([
    <section>
      <h1>{translate("headInstances")}</h1>
      {stored.damage === undefined ? undefined : <p attrs={{ role: "alert" }}>{translate("sayStorageDamaged")}</p>}
      {unsavedLine(stored.unsaved)}
      {stored.pins.length === 0 ? soft(translate("sayNoInstances")) : undefined}
    </section>,
    ...stored.pins.map((pin) => instance(pin, stored)),
    exchange(stored),
    versionSettings(stored, (done) => void act(done)),
    history(stored),
  ]);
}

function instance(pin: Pin, shown: StoredShown | undefined): VNode {
  const check = shown?.checks.find(({ address }) => pin.hosts.includes(address));
  const leaf = check?.handshake?.leaf;
  const isOurs = leaf !== undefined && pin.confirmed?.leaves.includes(leaf.sha256) === true;
  return (
    <section>
      {pin.hosts.map((host) => (
        <div attrs={{ class: "host" }}>{host}</div>
      ))}
      {pin.note === "" || noting?.fingerprint === pin.fingerprint ? undefined : <strong>{pin.note}</strong>}
      {soft(translate(SOURCES[pin.source], { date: new Date(pin.pinnedAt) }))}
      {digest(pin.fingerprint)}
      {pin.sha1 === undefined ? undefined : digest(pin.sha1)}
      {pin.confirmed === undefined ? soft(translate("sayNeverConfirmed")) : undefined}
      {isOurs ? soft(translate("sayExpires", { date: new Date(leaf.notAfter) })) : undefined}
      {isOurs && expiryOf(leaf, Date.now()) === "late"
        ? soft(translate("sayRenewalLate", { date: new Date(leaf.notAfter) }))
        : undefined}
      {pin.hosts.every(isCloudAddress) ? undefined : soft(translate("sayOwnDomain"))}
      <div attrs={{ class: "row" }}>
        {noting?.fingerprint === pin.fingerprint
          ? undefined
          : button("buttonNote", "link", () => {
              noting = { fingerprint: pin.fingerprint, note: pin.note };
              draw();
            })}
        {choiceButton({ kind: "remove", about: pin.fingerprint, run: () => void remove(pin) })}
      </div>
      {noting?.fingerprint === pin.fingerprint ? noteForm(noting) : undefined}
    </section>
  );
}

const noteForm = ({ fingerprint, note }: NonNullable<typeof noting>): VNode => (
  <form
    on={{
      submit: (event: Event) => {
        event.preventDefault();
        const { note: typed = note } = noting ?? {};
        noting = undefined;
        void act(call("pin.note", { fingerprint, note: typed }));
      },
    }}
  >
    {noteField(`note-${fingerprint}`, note, (typed) => {
      noting = { fingerprint, note: typed };
    })}
    <div attrs={{ class: "row" }}>
      {button("buttonBack", "link", () => {
        noting = undefined;
        draw();
      })}
      <button attrs={{ class: "primary", type: "submit" }}>{translate("buttonSaveNote")}</button>
    </div>
  </form>
);

const CHANGES: Readonly<Record<Change["kind"], KeyWith<"fingerprint" | "hosts">>> = {
  added: "changeAdded",
  changed: "changeChanged",
  same: "changeSame",
};

function exchange({ pins }: StoredShown): VNode {
  const change = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file !== undefined) void readFile(file).then(() => (input.value = ""));
  };
  return (
    <section>
      <h2>{translate("headExchange")}</h2>
      <label attrs={{ for: "file" }}>{translate("labelImport")}</label>
      <input attrs={{ id: "file", type: "file", accept: "application/json,.json" }} on={{ change }} />
      {importError === undefined ? undefined : (
        <div attrs={{ class: "error", role: "alert" }}>{errorText(importError)}</div>
      )}
      {refused.length === 0 ? undefined : (
        <div attrs={{ class: "error", role: "alert" }}>{translate("errorImportOnWarning", { hosts: refused })}</div>
      )}
      {preview === undefined ? undefined : previewList(preview.changes)}
      <div attrs={{ class: "row" }}>
        {pins.length === 0 ? undefined : button("buttonExport", "link", save)}
        {preview === undefined
          ? undefined
          : button("buttonCancel", "link", () => {
              preview = undefined;
              draw();
            })}
        {preview?.changes.some(({ kind }) => kind !== "same") === true
          ? button("buttonImport", "primary", () => void take())
          : undefined}
      </div>
    </section>
  );
}

const previewList = (changes: readonly Change[]): VNode => (
  <ul>
    {changes.map(({ kind, pin }) => (
      <li attrs={{ class: kind }}>{translate(CHANGES[kind], { hosts: pin.hosts, fingerprint: pin.fingerprint })}</li>
    ))}
  </ul>
);

function errorText(error: PinFileError): string {
  switch (error.code) {
    case "import-too-large":
      return translate("errorImportTooLarge");
    case "import-utf-16":
      return translate("errorImportUtf16");
    case "import-not-json":
      return translate("errorImportNotJson", { line: ordinal(error.line), problem: error.problem });
    case "import-field":
      return translate("errorImportField", {
        line: ordinal(error.line),
        field: error.field,
        problem: error.problem,
      });
    case "import-twice":
      return translate("errorImportTwice", { line: ordinal(error.line), field: error.field });
  }
}

const EVENTS: Readonly<Record<HistoryEvent, KeyWith<"hosts" | "time">>> = {
  pinned: "eventPinned",
  beside: "eventBeside",
  noted: "eventNoted",
  changed: "eventChanged",
  removed: "eventRemoved",
  "in-step": "eventInStep",
  imported: "eventImported",
  undone: "eventUndone",
};

function history(shown: StoredShown): VNode {
  const { history: entries, pins } = shown;
  const rows = [
    ...versionHistory(shown).map(({ at, text }) => ({ at, row: <div attrs={{ class: "row" }}>{text}</div> })),
    ...entries.map((entry) => ({ at: entry.at, row: pinRow(entry, pins) })),
  ];
  return (
    <section>
      <h2>{translate("headHistory")}</h2>
      {rows.length === 0 ? soft(translate("sayNoHistory")) : undefined}
      {rows.sort((one, other) => other.at - one.at).map(({ row }) => row)}
    </section>
  );
}

const pinRow = (entry: Entry, pins: readonly Pin[]): VNode => (
  <div key={`${entry.event} ${entry.at}`} attrs={{ class: "row" }}>
    <span>{translate(EVENTS[entry.event], { time: time(entry.at), hosts: hostsOf(entry) })}</span>
    {undone(entry, pins) === undefined
      ? undefined
      : button("buttonUndo", "link", () => void act(call("history.undo", { at: entry.at })))}
  </div>
);

const hostsOf = ({ before, after }: Entry): string[] => [
  ...new Set([...before, ...after].flatMap(({ hosts }) => hosts)),
];

async function remove({ hosts, fingerprint }: Pin): Promise<void> {
  await act(call("pin.remove", { addresses: hosts, fingerprint, private: false }));
}

async function readFile(file: File): Promise<void> {
  const parsed = parsePinFile(await file.text());
  importError = parsed.ok ? undefined : parsed.error;
  refused = [];
  preview =
    parsed.ok && stored !== undefined
      ? { pins: parsed.value, changes: previewImport(stored.pins, parsed.value) }
      : undefined;
  draw();
}

/**
 * Asks for permission for your own domains in the click itself. One that is refused is pinned anyway, and shown as not
 * confirmed yet.
 */
async function take(): Promise<void> {
  if (preview === undefined) return;
  const { pins } = preview;
  const origins = pins.flatMap(({ hosts }) => hosts.filter((host) => !isCloudAddress(host)).map(originPattern));
  const asked = origins.length === 0 ? undefined : browser.permissions.request({ origins });
  preview = undefined;
  [, refused] = await Promise.all([asked, call("pins.import", { pins: [...pins] })]);
  await refresh();
}

function save(): void {
  if (stored === undefined) return;
  saveFile("latchkey-pins.json", writePinFile(stored.pins));
}

async function act(done: Promise<unknown>): Promise<void> {
  await done;
  await refresh();
}

async function refresh(): Promise<void> {
  stored = await call("stored.read", { private: false });
  draw();
}

void beginPage("headInstances", refresh);
