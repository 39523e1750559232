// Your instances and their pins, what happened to them, and how to move them to another browser.
import { jsx } from "snabbdom";
import browser from "webextension-polyfill";
import { isCloudAddress, originPattern } from "../../core/address";
import { previewImport } from "../../core/pin/import-preview";
import type { Pin } from "../../core/pin/pin";
import { parsePinFile, writePinFile } from "../../core/pin/pin-file";
import type { StoredQuery, StoredView } from "../../core/view/stored-view";
import { call } from "../../shell/messages/calls";
import { translate } from "../../shell/ui/translate";
import { soft, unsavedLine } from "../shared/parts";
import { beginPage, drawPage, oneAtATime } from "../shared/page";
import { saveFile } from "../shared/save";
import { exchangeSection, type Exchange, type ExchangeActions } from "./exchange-section";
import { historySection, type HistoryActions } from "./history-section";
import { findField, pinSections, type Noting, type PinActions } from "./pin-sections";
import { versionSettings } from "./version-settings";

let stored: StoredView | undefined;
let query: StoredQuery = { find: "", pinsFrom: 0, historyFrom: 0 };
let exchange: Exchange = {};
let noting: Noting | undefined;

const refresh = oneAtATime(async () => {
  stored = await call("stored.read", query);
  draw();
});

function draw(): void {
  if (stored === undefined) return;
  drawPage([
    <section key="head">
      <h1>{translate("headInstances")}</h1>
      {stored.damage === undefined ? undefined : <p attrs={{ role: "alert" }}>{translate("sayStorageDamaged")}</p>}
      {unsavedLine(stored.unsaved)}
      {stored.pinCount === 0 ? soft(translate("sayNoInstances")) : undefined}
      {findField(stored, query.find, pinActions)}
    </section>,
    pinSections(stored, noting, pinActions),
    exchangeSection(stored.pinCount, exchange, exchangeActions),
    versionSettings(stored, (done) => void act(done)),
    historySection(stored, historyActions),
  ]);
}

/** Asks for other parts of the lists. The typed text is drawn at once. */
function ask(change: Partial<StoredQuery>): void {
  query = { ...query, ...change };
  draw();
  void refresh();
}

const pinActions: PinActions = {
  find: (text) => {
    ask({ find: text, pinsFrom: 0 });
  },
  turnPins: (from) => {
    ask({ pinsFrom: from });
  },
  edit: (next) => {
    noting = next;
    draw();
  },
  saveNote: () => {
    const saved = noting;
    noting = undefined;
    if (saved !== undefined) void act(call("pin.note", saved));
  },
  remove: ({ hosts, fingerprint }) => void act(call("pin.remove", { addresses: hosts, fingerprint, private: false })),
};

const historyActions: HistoryActions = {
  turnHistory: (from) => {
    ask({ historyFrom: from });
  },
  undo: (at) => void act(call("history.undo", { at })),
};

const exchangeActions: ExchangeActions = {
  readFile,
  exportAll: () => void exportAll(),
  turnPreview: (from) => {
    const { preview } = exchange;
    if (preview !== undefined) setExchange({ ...exchange, preview: { ...preview, from } });
  },
  cancelImport: () => {
    setExchange({ ...exchange, preview: undefined });
  },
  importAll: () => void importAll(),
};

function setExchange(next: Exchange): void {
  exchange = next;
  draw();
}

async function readFile(file: File): Promise<void> {
  const parsed = parsePinFile(await file.text());
  if (!parsed.ok) {
    setExchange({ error: parsed.error });
    return;
  }
  const pins = parsed.value;
  setExchange({ preview: { pins, changes: previewImport(await call("pins.read", {}), pins), from: 0 } });
}

/**
 * Asks for permission for your own domains in the click itself. If it is denied, the pins are imported anyway, and
 * shown as not confirmed yet.
 */
async function importAll(): Promise<void> {
  const { preview } = exchange;
  if (preview === undefined) return;
  const pins: Pin[] = [...preview.pins];
  const origins = pins.flatMap(({ hosts }) => hosts.filter((host) => !isCloudAddress(host)).map(originPattern));
  const asked = origins.length === 0 ? undefined : browser.permissions.request({ origins });
  exchange = {};
  const [, refused] = await Promise.all([asked, call("pins.import", { pins })]);
  exchange = { refused };
  await refresh();
}

async function exportAll(): Promise<void> {
  saveFile("latchkey-pins.json", writePinFile(await call("pins.read", {})));
}

async function act(done: Promise<unknown>): Promise<void> {
  await done;
  await refresh();
}

void beginPage("headInstances", refresh);
