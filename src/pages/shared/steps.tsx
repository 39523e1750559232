// What to do after an alarm, step by step, each one click; and the ways to end it.
import { jsx, type VNode } from "snabbdom";
import browser from "webextension-polyfill";
import { alarmKindOf, CLOSINGS, STEPS, type StepId } from "../../core/incident/after-alarm";
import type { Handshake } from "../../core/tls/certificate";
import { evidenceName, writeEvidence } from "../../core/incident/evidence";
import type { Given } from "../../core/tls/fingerprint";
import { isOpen, keyOf, type Closing, type Incident } from "../../core/incident/incident";
import type { PlainKey } from "../../core/message-key";
import { mistakenIn } from "../../core/incident/mistaken";
import { isGiven, type Pin } from "../../core/pin/pin";
import type { ToClear } from "../../core/state/state";
import { call } from "../../shell/messages/calls";
import { translate } from "../../shell/ui/translate";
import { choiceButton } from "./choice";
import { askToClear, clearText, type Cleared } from "./clearing";
import { errorText, type TypedError } from "./errors";
import { button, soft } from "./parts";
import { readPasted } from "./pasted";
import { asked, BESIDE, choiceFields, replacing, type PinChoice } from "./pin-choice";
import { saveFile } from "./save";
import { STEP_WORDS } from "./warning";

interface Subject {
  readonly incident: Incident;
  /** The address's pins as they are now. */
  readonly pins: readonly Pin[];
  readonly toClear: ToClear | undefined;
}

interface Page {
  readonly isPrivate: boolean;
  readonly redraw: () => void;
  /** Reads the state anew and draws. */
  readonly refresh: () => Promise<void>;
}

export interface Steps {
  /** The numbered steps. */
  readonly list: (subject: Subject) => VNode;
  /** The ways to end it, and the form that one of them opens. */
  readonly closings: (subject: Subject) => VNode;
}

const HOW: Readonly<Partial<Record<StepId, readonly PlainKey[]>>> = {
  compare: ["howCompareOpen", "howCompareFind", "howCompareDecide"],
  // What one of them spares, a later one takes: "Delete all tokens" keeps the session in use and the long-lived tokens.
  "sign-out": [
    "howSignOutOpen",
    "howSignOutTokens",
    "howSignOutLongLived",
    "howSignOutPassword",
    "howSignOutSession",
    "howSignOutOthers",
    "howSignOutUsers",
  ],
};

export const saveEvidence = (incident: Incident): void => {
  saveFile(evidenceName(incident), writeEvidence(incident, Date.now(), browser.runtime.getManifest().version));
};

/** Asked without DER, so that only what nobody can forge passes for a slip: an attacker's certificate never does. */
function otherThanSeen(given: Given, seen: readonly Handshake[]): TypedError {
  const mistaken = seen.map((handshake) => mistakenIn(given, handshake)).find((what) => what !== undefined);
  return mistaken === undefined ? { code: "not-what-answered" } : { code: "fingerprint-other", what: mistaken };
}

/** What the page holds of one incident while it is open. */
export function createSteps({ isPrivate, redraw, refresh }: Page): Steps {
  const unfolded = new Set<StepId>();
  let cleared: Cleared | undefined;
  /** What is typed of the fingerprint read at home; `undefined` while nobody has asked for the field. */
  let typed: string | undefined;
  let choice: PinChoice = BESIDE;
  let error: TypedError | undefined;
  let hasPinned = false;

  const toggle = (step: StepId) => (): void => {
    if (!unfolded.delete(step)) unfolded.add(step);
    redraw();
  };

  const clear = async ({ address }: Incident): Promise<void> => {
    cleared = { address, pressed: true };
    const allowed = await askToClear(address);
    cleared = { address, pressed: allowed, denied: !allowed };
    await refresh();
  };

  const end = async (incident: Incident, how: Closing): Promise<void> => {
    await call("incident.close", { key: keyOf(incident), how, address: incident.address, private: isPrivate });
    await refresh();
  };

  /** Only what answered can be the instance's new certificate; another fingerprint says that it was not the instance. */
  const pin = async ({ incident, pins }: Subject): Promise<void> => {
    const parsed = await readPasted(typed ?? "");
    const seen = incident.samples.flatMap(({ handshake }) => (handshake === undefined ? [] : [handshake]));
    // The record may have the precertificate alone, whose digest no instance shows: then the next connection decides.
    const answered =
      incident.verdict.kind === "logged" || (parsed.ok && seen.some((handshake) => isGiven(handshake, parsed.value)));
    error = !parsed.ok ? parsed.error : answered ? undefined : otherThanSeen(parsed.value, seen);
    if (!parsed.ok || !answered) {
      redraw();
      return;
    }
    const isStillThere = pins.some(({ fingerprint }) => fingerprint === choice.replaces);
    await call("pin.set", {
      ...{ address: incident.address, ...parsed.value, compared: true, private: isPrivate },
      ...asked(isStillThere ? choice : { ...choice, replaces: undefined }),
    });
    typed = undefined;
    hasPinned = true;
    await refresh();
  };

  const action = (step: StepId, { incident, toClear }: Subject): VNode | undefined => {
    switch (step) {
      case "compare":
      case "sign-out":
        return (
          <button attrs={{ type: "button", "aria-expanded": String(unfolded.has(step)) }} on={{ click: toggle(step) }}>
            {translate(unfolded.has(step) ? "buttonHide" : "buttonHow")}
          </button>
        );
      case "clear":
        return isPrivate || toClear !== undefined || cleared?.pressed === true
          ? undefined
          : button("buttonClear", "plain", () => void clear(incident));
      case "revoke":
        return (
          <a attrs={{ href: `record.html?address=${encodeURIComponent(incident.address)}` }}>{translate("linkShow")}</a>
        );
      case "evidence":
        return button("buttonSave", "plain", () => {
          saveEvidence(incident);
        });
      default:
        return undefined;
    }
  };

  const textOf = (step: StepId, { toClear }: Subject): string => {
    if (step !== "clear") return translate(STEP_WORDS[step][1]);
    return isPrivate ? translate("sayClearPrivate") : clearText(toClear, cleared);
  };

  const list = (subject: Subject): VNode => (
    <section>
      <h2>{translate("headSteps")}</h2>
      <ol attrs={{ class: "steps" }}>
        {STEPS[alarmKindOf(subject.incident.verdict)].map((step) => (
          <li>
            <div>
              <strong>{translate(STEP_WORDS[step][0])}</strong>
              <div attrs={{ class: "soft", ...(step === "clear" ? { role: "status" } : {}) }}>
                {textOf(step, subject)}
              </div>
              {unfolded.has(step) ? (
                <ol>
                  {(HOW[step] ?? []).map((how) => (
                    <li>{translate(how)}</li>
                  ))}
                </ol>
              ) : undefined}
            </div>
            {action(step, subject)}
          </li>
        ))}
      </ol>
    </section>
  );

  const form = (subject: Subject): VNode => (
    <form
      on={{
        submit: (event: Event) => {
          event.preventDefault();
          void pin(subject);
        },
      }}
    >
      <label attrs={{ for: "compared" }}>{translate("labelReadAtHome")}</label>
      <textarea
        props={{ value: typed ?? "" }}
        attrs={{
          ...{ id: "compared", rows: 2, spellcheck: "false", autocomplete: "off" },
          ...{ "aria-describedby": "compared-error", "aria-invalid": String(error !== undefined) },
        }}
        on={{
          input: (event: Event) => {
            typed = (event.target as HTMLTextAreaElement).value;
          },
        }}
      ></textarea>
      <div attrs={{ class: "error", id: "compared-error", role: "alert" }}>
        {error === undefined ? "" : errorText(error)}
      </div>
      {soft(translate("sayCompareProxy"))}
      {soft(translate("sayCompareElsewhere"))}
      {choiceFields("compared", subject.pins, choice, (chosen) => {
        choice = chosen;
        redraw();
      })}
      <div attrs={{ class: "row" }}>
        {button("buttonBack", "link", () => {
          typed = undefined;
          error = undefined;
          redraw();
        })}
        <button attrs={{ type: "submit" }}>{translate("buttonPinCompared")}</button>
      </div>
    </form>
  );

  const open = (first: PinChoice) => (): void => {
    typed = "";
    choice = first;
    redraw();
  };

  const closings = (subject: Subject): VNode => {
    const { incident } = subject;
    return (
      <div attrs={{ class: "closings" }}>
        {hasPinned && isOpen(incident) ? <p attrs={{ role: "status" }}>{translate("sayStillOpen")}</p> : undefined}
        {typed !== undefined
          ? form(subject)
          : CLOSINGS[alarmKindOf(incident.verdict)].map((how) =>
              how === "new-certificate"
                ? [
                    button("buttonCompared", "link", open(replacing(subject.pins))),
                    subject.pins.length === 0 ? undefined : button("buttonComparedBeside", "link", open(BESIDE)),
                  ]
                : choiceButton({ kind: how, about: keyOf(incident), run: () => void end(incident, how) }),
            )}
      </div>
    );
  };

  return { list, closings };
}
