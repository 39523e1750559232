// What to do after a warning, step by step, each with one click.
import { jsx, type VNode } from "snabbdom";
import { alarmKindOf, STEPS, type StepId } from "../../core/incident/after-alarm";
import type { Incident } from "../../core/incident/incident";
import type { PlainKey } from "../../core/message-key";
import type { Pin } from "../../core/pin/pin";
import type { ToClear } from "../../core/state/state";
import { translate } from "../../shell/ui/translate";
import { askToClear, clearText, type Cleared } from "./clearing";
import { evidenceButton } from "./evidence";
import { isPrivate } from "./page";
import { button, soft } from "./parts";
import { STEP_TEXTS } from "./warning";

/** The warning that the steps are about. */
export interface Subject {
  readonly incident: Incident;
  /** The address's pins as they are now. */
  readonly pins: readonly Pin[];
  readonly toClear: ToClear | undefined;
}

/** How a part of a page can redraw the page. */
export interface Redrawing {
  readonly redraw: () => void;
  /** Reads the state again and draws. */
  readonly refresh: () => Promise<void>;
}

const HOW: Readonly<Partial<Record<StepId, readonly PlainKey[]>>> = {
  compare: ["howCompareOpen", "howCompareFind", "howCompareDecide"],
  // A later step ends what an earlier one leaves: "Delete all tokens" keeps the current session and the long-lived
  // tokens.
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

/**
 * The numbered steps. Which steps are unfolded, and whether clearing was started, is kept until the page closes.
 * @returns draws the steps of a warning
 */
export function createSteps({ redraw, refresh }: Redrawing): (subject: Subject) => VNode {
  const unfolded = new Set<StepId>();
  let cleared: Cleared | undefined;

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
          <a attrs={{ href: `ct.html?address=${encodeURIComponent(incident.address)}` }}>{translate("linkShow")}</a>
        );
      case "evidence":
        return evidenceButton(incident);
      default:
        return undefined;
    }
  };

  return (subject) => (
    <section>
      <h2>{translate("headSteps")}</h2>
      <ol attrs={{ class: "steps" }}>
        {STEPS[alarmKindOf(subject.incident.verdict)].map((step) => (
          <li>
            <div>
              <strong>{translate(STEP_TEXTS[step][0])}</strong>
              {stepText(step, subject, cleared)}
              {unfolded.has(step) ? howList(step) : undefined}
            </div>
            {action(step, subject)}
          </li>
        ))}
      </ol>
    </section>
  );
}

function stepText(step: StepId, { toClear }: Subject, cleared: Cleared | undefined): VNode {
  if (step !== "clear") return soft(translate(STEP_TEXTS[step][1]));
  const text = isPrivate ? translate("sayClearPrivate") : clearText(toClear, cleared);
  return <div attrs={{ class: "soft", role: "status" }}>{text}</div>;
}

const howList = (step: StepId): VNode => (
  <ol>
    {(HOW[step] ?? []).map((how) => (
      <li>{translate(how)}</li>
    ))}
  </ol>
);
