// The pins, a section each, and the note that is being edited on one of them.
import { jsx, type VNode } from "snabbdom";
import { isCloudAddress } from "../../core/address";
import type { Pin } from "../../core/pin/pin";
import { expiryOf } from "../../core/tls/expiry";
import type { Fingerprint } from "../../core/tls/fingerprint";
import type { PinRow, StoredView } from "../../core/view/stored-view";
import { translate, translateCount } from "../../shell/ui/translate";
import { choiceButton } from "../shared/choice";
import { pagedList } from "../shared/pager";
import { button, digest, soft, SOURCES } from "../shared/parts";
import { noteField } from "../shared/pin-choice";

/** A note that is being edited, and its pin. */
export interface Noting {
  readonly fingerprint: Fingerprint;
  readonly note: string;
}

export interface PinActions {
  readonly find: (text: string) => void;
  readonly turnPins: (from: number) => void;
  /** Begins or continues to edit a note, or leaves it as it was. */
  readonly edit: (noting: Noting | undefined) => void;
  readonly saveNote: () => void;
  readonly remove: (pin: Pin) => void;
}

/** All pins, or those that match the search. */
export const pinSections = ({ pins }: StoredView, noting: Noting | undefined, actions: PinActions): VNode =>
  pagedList(
    "labelPinPages",
    pins,
    actions.turnPins,
    pins.items.map((row) => pinSection(row, noting?.fingerprint === row.pin.fingerprint ? noting : undefined, actions)),
  );

const MAX_FIND = 100;

/** The search field, shown if there are more pins than fit on the screen. */
export const findField = ({ pins, pinCount }: StoredView, text: string, { find }: PinActions): VNode | undefined =>
  pinCount <= pins.size && text === "" ? undefined : (
    <div>
      <label attrs={{ for: "find" }}>{translate("labelFind")}</label>
      <input
        attrs={{ id: "find", type: "search", maxlength: MAX_FIND, autocomplete: "off" }}
        props={{ value: text }}
        on={{
          input: (event: Event) => {
            find((event.target as HTMLInputElement).value);
          },
        }}
      />
      <div attrs={{ class: "soft", role: "status" }}>{foundText(pins.total, text)}</div>
    </div>
  );

function foundText(count: number, text: string): string {
  if (text === "") return "";
  return count === 0 ? translate("sayNoneFound") : translateCount("sayFound", count);
}

function pinSection({ pin, leaf }: PinRow, noting: Noting | undefined, { edit, saveNote, remove }: PinActions): VNode {
  const { hosts, fingerprint, sha1, note, confirmed } = pin;
  return (
    <section key={fingerprint}>
      {hosts.map((host) => (
        <div attrs={{ class: "host" }}>{host}</div>
      ))}
      {note === "" || noting !== undefined ? undefined : <strong>{note}</strong>}
      {soft(translate(SOURCES[pin.source], { date: new Date(pin.pinnedAt) }))}
      {digest(fingerprint)}
      {sha1 === undefined ? undefined : digest(sha1)}
      {confirmed === undefined ? soft(translate("sayNeverConfirmed")) : undefined}
      {leaf === undefined ? undefined : soft(translate("sayExpires", { date: new Date(leaf.notAfter) }))}
      {leaf !== undefined && expiryOf(leaf, Date.now()) === "late"
        ? soft(translate("sayRenewalLate", { date: new Date(leaf.notAfter) }))
        : undefined}
      {hosts.every(isCloudAddress) ? undefined : soft(translate("sayOwnDomain"))}
      <div attrs={{ class: "row" }}>
        {noting === undefined
          ? button("buttonNote", "link", () => {
              edit({ fingerprint, note });
            })
          : undefined}
        {choiceButton({
          kind: "remove",
          about: fingerprint,
          run: () => {
            remove(pin);
          },
        })}
      </div>
      {noting === undefined ? undefined : noteForm(noting, { edit, saveNote })}
    </section>
  );
}

const noteForm = ({ fingerprint, note }: Noting, { edit, saveNote }: Pick<PinActions, "edit" | "saveNote">): VNode => (
  <form
    on={{
      submit: (event: Event) => {
        event.preventDefault();
        saveNote();
      },
    }}
  >
    {noteField(`note-${fingerprint}`, note, (typed) => {
      edit({ fingerprint, note: typed });
    })}
    <div attrs={{ class: "row" }}>
      {button("buttonBack", "link", () => {
        edit(undefined);
      })}
      <button attrs={{ class: "primary", type: "submit" }}>{translate("buttonSaveNote")}</button>
    </div>
  </form>
);
