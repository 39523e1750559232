// Moves pins to another browser: exports them to a file, and shows what an imported file would change here.
import { jsx, type VNode } from "snabbdom";
import type { Address } from "../../core/address";
import type { Change } from "../../core/pin/import-preview";
import type { Pin } from "../../core/pin/pin";
import type { PinFileError } from "../../core/pin/pin-file";
import { sliceOf } from "../../core/view/slice";
import type { KeyWith } from "../../core/message-key";
import { ordinal, translate } from "../../shell/ui/translate";
import { pagedList } from "../shared/pager";
import { button } from "../shared/parts";

/** The result of choosing a file. */
export interface Exchange {
  /** It was read and is not imported yet. */
  readonly preview?: Preview | undefined;
  readonly error?: PinFileError | undefined;
  /** Addresses at which a warning shows what the file would have pinned. Those pins were not imported. */
  readonly refused?: readonly Address[];
}
export interface Preview {
  readonly pins: readonly Pin[];
  readonly changes: readonly Change[];
  /** Where in the list of changes the drawn part begins. */
  readonly from: number;
}

export interface ExchangeActions {
  readonly readFile: (file: File) => Promise<void>;
  readonly exportAll: () => void;
  readonly turnPreview: (from: number) => void;
  readonly cancelImport: () => void;
  readonly importAll: () => void;
}

export function exchangeSection(
  pinCount: number,
  { preview, error, refused = [] }: Exchange,
  { readFile, exportAll, turnPreview, cancelImport, importAll }: ExchangeActions,
): VNode {
  const change = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file !== undefined) void readFile(file).then(() => (input.value = ""));
  };
  return (
    <section key="exchange">
      <h2>{translate("headExchange")}</h2>
      <label attrs={{ for: "file" }}>{translate("labelImport")}</label>
      <input attrs={{ id: "file", type: "file", accept: "application/json,.json" }} on={{ change }} />
      {error === undefined ? undefined : <div attrs={{ class: "error", role: "alert" }}>{errorText(error)}</div>}
      {refused.length === 0 ? undefined : (
        <div attrs={{ class: "error", role: "alert" }}>{translate("errorImportOnWarning", { hosts: refused })}</div>
      )}
      {preview === undefined ? undefined : previewList(preview, turnPreview)}
      <div attrs={{ class: "row" }}>
        {pinCount === 0 ? undefined : button("buttonExport", "link", exportAll)}
        {preview === undefined ? undefined : button("buttonCancel", "link", cancelImport)}
        {preview?.changes.some(({ kind }) => kind !== "same") === true
          ? button("buttonImport", "primary", importAll)
          : undefined}
      </div>
    </section>
  );
}

const CHANGES: Readonly<Record<Change["kind"], KeyWith<"fingerprint" | "hosts">>> = {
  added: "changeAdded",
  changed: "changeChanged",
  same: "changeSame",
};

const CHANGES_SHOWN = 20;

function previewList({ changes, from }: Preview, turn: (from: number) => void): VNode {
  const shown = sliceOf(changes, from, CHANGES_SHOWN);
  return pagedList("labelPreviewPages", shown, turn, [
    <ul>
      {shown.items.map(({ kind, pin }) => (
        <li key={pin.fingerprint} attrs={{ class: kind }}>
          {translate(CHANGES[kind], { hosts: pin.hosts, fingerprint: pin.fingerprint })}
        </li>
      ))}
    </ul>,
  ]);
}

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
