// What happens to the existing pins of an address when another one is pinned: it replaces one, or is added to them.
import { jsx, type VNode } from "snabbdom";
import { inGroups, type Fingerprint } from "../../core/tls/fingerprint";
import { MAX_NOTE } from "../../core/pin/note";
import type { Pin } from "../../core/pin/pin";
import { translate } from "../../shell/ui/translate";
import { SOURCES } from "./parts";

export interface PinChoice {
  /** `undefined` to add it to the others. */
  readonly replaces: Fingerprint | undefined;
  readonly note: string;
}

export const replacing = ([first]: readonly Pin[]): PinChoice => ({ replaces: first?.fingerprint, note: "" });
export const KEEPING: PinChoice = { replaces: undefined, note: "" };

/** The choice as part of a request to pin. */
export const asked = ({ replaces, note }: PinChoice): { replaces?: Fingerprint; note?: string } => ({
  ...(replaces === undefined ? {} : { replaces }),
  ...(note === "" ? {} : { note }),
});

/** The user's name for a pin, or how it was learned. */
export const nameOf = ({ note, source, pinnedAt: pinnedAt }: Pin): string =>
  note === "" ? translate(SOURCES[source], { date: new Date(pinnedAt) }) : note;

const shortOf = (pin: Pin): string =>
  translate("choiceReplace", { pin: nameOf(pin), fingerprint: inGroups(pin.fingerprint).slice(0, 2).join(" ") });

/**
 * The fields of a form that pins. None if the address has no pin yet.
 * @param form - the form's id, as two may be open on one page
 */
export function choiceFields(
  form: string,
  pins: readonly Pin[],
  choice: PinChoice,
  change: (choice: PinChoice) => void,
): VNode[] {
  if (pins.length === 0) return [];
  const option = (replaces: Fingerprint | undefined, label: string): VNode => (
    <label attrs={{ class: "tick" }}>
      <input
        attrs={{ type: "radio", name: `${form}-choice` }}
        props={{ checked: choice.replaces === replaces }}
        on={{
          change: () => {
            change({ ...choice, replaces });
          },
        }}
      />
      {label}
    </label>
  );
  return [
    <fieldset>
      <legend>{translate("labelChoice")}</legend>
      {pins.map((pin) => option(pin.fingerprint, shortOf(pin)))}
      {option(undefined, translate("choiceAdd"))}
    </fieldset>,
    noteField(`${form}-note`, choice.note, (note) => {
      change({ ...choice, note });
    }),
  ];
}

export function noteField(id: string, note: string, change: (note: string) => void): VNode {
  const input = (event: Event): void => {
    change((event.target as HTMLInputElement).value);
  };
  return (
    <div>
      <label attrs={{ for: id }}>{translate("labelNote")}</label>
      <input
        attrs={{ id, type: "text", maxlength: MAX_NOTE, autocomplete: "off" }}
        props={{ value: note }}
        on={{ input }}
      />
    </div>
  );
}
