// The ways to close a warning, and the form that one of them opens.
import { jsx, type VNode } from "snabbdom";
import { alarmKindOf, CLOSINGS } from "../../core/incident/after-alarm";
import { isOpen, keyOf, type Closing, type Incident } from "../../core/incident/incident";
import { mistakenIn } from "../../core/incident/mistaken";
import { isGiven, type Pin } from "../../core/pin/pin";
import type { Handshake } from "../../core/tls/certificate";
import type { Given } from "../../core/tls/fingerprint";
import { call } from "../../shell/messages/calls";
import { translate } from "../../shell/ui/translate";
import { choiceButton } from "./choice";
import { errorText, type TypedError } from "./errors";
import { isPrivate } from "./page";
import { button, soft } from "./parts";
import { readPasted } from "./pasted";
import { asked, KEEPING, choiceFields, replacing, type PinChoice } from "./pin-choice";
import type { Redrawing, Subject } from "./steps";

/** The form for the fingerprint read at home. */
interface Form {
  readonly isShown: boolean;
  readonly typed: string;
  readonly choice: PinChoice;
  readonly error: TypedError | undefined;
}

interface FormActions {
  readonly submit: () => void;
  readonly type: (text: string) => void;
  readonly choose: (choice: PinChoice) => void;
  readonly back: () => void;
}

/**
 * The ways to close a warning. Typed text is kept until the page closes.
 * @returns draws them for a warning
 */
export function createClosings({ redraw, refresh }: Redrawing): (subject: Subject) => VNode {
  let form: Form = { isShown: false, typed: "", choice: KEEPING, error: undefined };
  let hasPinned = false;

  const edit = (change: Partial<Form>): void => {
    form = { ...form, ...change };
  };
  const editAndDraw = (change: Partial<Form>): void => {
    edit(change);
    redraw();
  };

  const close = async (incident: Incident, how: Closing): Promise<void> => {
    await call("incident.close", { key: keyOf(incident), how, address: incident.address, private: isPrivate });
    await refresh();
  };

  const pin = async ({ incident, pins }: Subject): Promise<void> => {
    const parsed = await readPasted(form.typed);
    if (!form.isShown) return; // the user went back meanwhile
    const error = parsed.ok ? mismatchOf(parsed.value, incident) : parsed.error;
    if (!parsed.ok || error !== undefined) {
      editAndDraw({ error });
      return;
    }
    edit({ error });
    const { choice } = form;
    const isStillThere = pins.some(({ fingerprint }) => fingerprint === choice.replaces);
    await call("pin.set", {
      address: incident.address,
      ...parsed.value,
      compared: true,
      private: isPrivate,
      ...asked(isStillThere ? choice : { ...choice, replaces: undefined }),
    });
    edit({ isShown: false });
    hasPinned = true;
    await refresh();
  };

  const open = (choice: PinChoice) => (): void => {
    editAndDraw({ isShown: true, typed: "", choice });
  };
  const ways = ({ incident, pins }: Subject): (VNode | undefined)[] =>
    CLOSINGS[alarmKindOf(incident.verdict)].flatMap((how) =>
      how === "new-certificate"
        ? [
            button("buttonCompared", "link", open(replacing(pins))),
            pins.length === 0 ? undefined : button("buttonComparedAdded", "link", open(KEEPING)),
          ]
        : choiceButton({ kind: how, about: keyOf(incident), run: () => void close(incident, how) }),
    );
  const formOf = (subject: Subject): VNode =>
    comparedForm(form, subject.pins, {
      submit: () => void pin(subject),
      type: (typed) => {
        edit({ typed });
      },
      choose: (choice) => {
        editAndDraw({ choice });
      },
      back: () => {
        editAndDraw({ isShown: false, error: undefined });
      },
    });

  return (subject) => (
    <div attrs={{ class: "closings" }}>
      {hasPinned && isOpen(subject.incident) ? (
        <p attrs={{ role: "status" }}>{translate("sayStillOpen")}</p>
      ) : undefined}
      {form.isShown ? formOf(subject) : ways(subject)}
    </div>
  );
}

/** Only a presented certificate can be the new one. Another fingerprint shows that it wasn't your Home Assistant. */
function mismatchOf(given: Given, { verdict, samples }: Incident): TypedError | undefined {
  // The logs may have only the precertificate, whose digest no instance presents. Then the next connection decides.
  if (verdict.kind === "logged") return undefined;
  const seen = samples.flatMap(({ handshake }) => (handshake === undefined ? [] : [handshake]));
  return seen.some((handshake) => isGiven(handshake, given)) ? undefined : otherThanSeen(given, seen);
}

/** Compares without DER, so only what an attacker can't forge counts as the user's mistake. */
function otherThanSeen(given: Given, seen: readonly Handshake[]): TypedError {
  const mistaken = seen.map((handshake) => mistakenIn(given, handshake)).find((what) => what !== undefined);
  return mistaken === undefined ? { code: "not-what-answered" } : { code: "fingerprint-other", what: mistaken };
}

const comparedForm = (
  { typed, choice, error }: Form,
  pins: readonly Pin[],
  { submit, type, choose, back }: FormActions,
): VNode => (
  <form
    on={{
      submit: (event: Event) => {
        event.preventDefault();
        submit();
      },
    }}
  >
    <label attrs={{ for: "compared" }}>{translate("labelReadAtHome")}</label>
    <textarea
      props={{ value: typed }}
      attrs={{
        id: "compared",
        rows: 2,
        spellcheck: "false",
        autocomplete: "off",
        "aria-describedby": "compared-error",
        "aria-invalid": String(error !== undefined),
      }}
      on={{
        input: (event: Event) => {
          type((event.target as HTMLTextAreaElement).value);
        },
      }}
    ></textarea>
    <div attrs={{ class: "error", id: "compared-error", role: "alert" }}>
      {error === undefined ? "" : errorText(error)}
    </div>
    {soft(translate("sayCompareProxy"))}
    {soft(translate("sayCompareElsewhere"))}
    {choiceFields("compared", pins, choice, choose)}
    <div attrs={{ class: "row" }}>
      {button("buttonBack", "link", back)}
      <button attrs={{ type: "submit" }}>{translate("buttonPinCompared")}</button>
    </div>
  </form>
);
