// The only way to a choice that lowers the protection. A first step only asks. A second step is at another place, has
// the safe answer first, and is locked until it has been in view for a second. So neither a double click nor Enter
// pressed twice can choose it.
import { jsx, type VNode } from "snabbdom";
import type { PlainKey } from "../../core/message-key";
import { CHOICES, type ChoiceKind, type ChoiceWords } from "../../core/view/choices";
import { translate } from "../../shell/ui/translate";
import { lockUntilSeen } from "./lock";
import { patch } from "./page";
import { button, pressed, soft } from "./parts";

/** A choice as a page offers it. */
export interface Choice {
  readonly kind: ChoiceKind;
  /** The subject of the choice. If it changes, or if the first step leaves the page, the question closes. */
  readonly about: string;
  /** The version that the question names, if it names one. */
  readonly version?: string;
  /** What else the user should read before answering. */
  readonly notes?: readonly string[];
  /** Carries the choice out. Only the second step calls it. */
  readonly run: () => void;
}

/** Space between the question and the first step, in CSS pixels. */
const GAP = 8;

const textsOf = (kind: ChoiceKind): ChoiceWords => CHOICES[kind];

/** The open question. There is at most one, because nothing else on the page can be pressed meanwhile. */
let open: { readonly first: Element; readonly end: () => void } | undefined;

/** Marks an element as the first step of a choice. */
const firstStep = (choice: Choice): { key: string; hook: { destroy: (vnode: VNode) => void } } => ({
  key: `${choice.kind} ${choice.about}`,
  hook: {
    destroy: ({ elm }) => {
      if (open?.first === elm) open?.end();
    },
  },
});

/** The first step as a button. */
export const choiceButton = (choice: Choice, style: "link" | "plain" = "link"): VNode => {
  const { label } = textsOf(choice.kind);
  return (
    <button
      {...firstStep(choice)}
      attrs={{ class: style, type: "button", "aria-haspopup": "dialog" }}
      on={{
        click: pressed((first) => {
          ask(choice, first);
        }),
      }}
    >
      {label === undefined ? "" : translate(label)}
    </button>
  );
};

/**
 * The first step as a switch: turning it on takes effect at once, turning it off is the choice.
 * @param describedBy - the id of the element that explains it
 */
export const choiceSwitch = (choice: Choice, isOn: boolean, describedBy: string, turnOn: () => void): VNode => (
  <input
    {...firstStep(choice)}
    attrs={{ type: "checkbox", role: "switch", "aria-describedby": describedBy }}
    props={{ checked: isOn }}
    on={{
      click: (event: MouseEvent) => {
        // The second click of a double click does nothing, and the switch stays on until the question is answered.
        if (event.detail > 1 || isOn) event.preventDefault();
        if (event.detail < 2 && isOn) ask(choice, event.currentTarget as Element);
      },
      change: (event: Event) => {
        if ((event.target as HTMLInputElement).checked) turnOn();
      },
    }}
  />
);

/**
 * The first step as a radio button, which isn't selected until the question is answered.
 * @param group - the name of the group of radio buttons
 * @param describedBy - the id of the element that explains it
 */
export const choiceRadio = (choice: Choice, group: string, isChosen: boolean, describedBy: string): VNode => (
  <input
    {...firstStep(choice)}
    attrs={{ type: "radio", name: group, "aria-describedby": describedBy }}
    props={{ checked: isChosen }}
    on={{
      click: (event: MouseEvent) => {
        if (isChosen) return;
        event.preventDefault();
        if (event.detail < 2) ask(choice, event.currentTarget as Element);
      },
    }}
  />
);

/** Asks the question in a dialog over the page. */
function ask(choice: Choice, first: Element): void {
  open?.end();
  const dialog = document.createElement("dialog");
  let state: Question = { isLocked: true, isAgreed: textsOf(choice.kind).consent === undefined };
  let unlock: (() => void) | undefined;
  let drawn: VNode | undefined;

  const end = (): void => {
    unlock?.();
    window.removeEventListener("resize", reposition);
    if (open?.end === end) open = undefined;
    dialog.close();
    dialog.remove();
  };
  const reposition = (): void => {
    placeApart(dialog, first);
  };
  const change = (changed: Partial<Question>): void => {
    state = { ...state, ...changed };
    if (drawn !== undefined) drawn = patch(drawn, view());
  };
  const view = (): VNode =>
    questionView(choice, state, {
      keep: end,
      agree: (isAgreed) => {
        change({ isAgreed });
      },
      choose: () => {
        end();
        choice.run();
      },
      lock: (answer) => {
        unlock = lockUntilSeen(answer, dialog, (isLocked) => {
          change({ isLocked });
        });
      },
    });

  dialog.setAttribute("role", "alertdialog");
  dialog.setAttribute("aria-labelledby", "question");
  dialog.setAttribute("aria-describedby", "lock");
  dialog.append(document.createElement("div"));
  dialog.addEventListener("close", end, { once: true }); // Escape
  document.body.append(dialog);
  open = { first, end };
  // Before the lock reads where the answer is.
  window.addEventListener("resize", reposition);
  dialog.showModal();
  reposition();
  drawn = patch(dialog.firstElementChild ?? dialog, view());
  // On the text, so that screen readers read it, and Enter pressed twice answers nothing.
  dialog.querySelector<HTMLElement>("#question")?.focus();
}

/** The progress of a question: the answer is locked until it was in view, and until its box, if any, is checked. */
interface Question {
  readonly isLocked: boolean;
  readonly isAgreed: boolean;
}

interface QuestionActions {
  readonly keep: () => void;
  readonly agree: (isAgreed: boolean) => void;
  readonly choose: () => void;
  /** @param answer - the button that carries out the choice, once it is on the page */
  readonly lock: (answer: Element) => void;
}

function questionView(choice: Choice, { isLocked, isAgreed }: Question, actions: QuestionActions): VNode {
  const { head, ask: question, consent, keep, choose } = textsOf(choice.kind);
  return (
    <div>
      <div attrs={{ id: "question", tabindex: "-1" }}>
        {head === undefined ? undefined : <h2>{translate(head)}</h2>}
        <p>{questionText(question, choice.version ?? "")}</p>
      </div>
      {(choice.notes ?? []).map(soft)}
      {consent === undefined ? undefined : consentBox(consent, isAgreed, actions)}
      <div attrs={{ class: "row" }}>
        {button(keep, "primary", actions.keep)}
        <button
          attrs={{ class: "choose", type: "button", "aria-describedby": "lock" }}
          props={{ disabled: isLocked || !isAgreed }}
          hook={{
            insert: ({ elm }) => {
              actions.lock(elm as Element);
            },
          }}
          on={{ click: pressed(actions.choose) }}
        >
          {translate(choose)}
        </button>
      </div>
      <div attrs={{ class: "soft", id: "lock", role: "status" }}>
        {isLocked ? translate("sayChoiceLocked", { choice: translate(choose) }) : translate("sayChoiceReady")}
      </div>
    </div>
  );
}

const questionText = (question: ChoiceWords["ask"], version: string): string =>
  question === "sayOverride" || question === "askAcceptFirefox"
    ? translate(question, { version })
    : translate(question);

const consentBox = (consent: PlainKey, isAgreed: boolean, { agree }: QuestionActions): VNode => (
  <label attrs={{ class: "tick" }}>
    <input
      attrs={{ type: "checkbox" }}
      props={{ checked: isAgreed }}
      on={{
        change: (event: Event) => {
          agree((event.target as HTMLInputElement).checked);
        },
      }}
    />
    {translate(consent)}
  </label>
);

/** Puts the question above or below the first step, where there is more room, and never under the pointer. */
function placeApart(dialog: HTMLElement, first: Element): void {
  const { top, bottom } = first.getBoundingClientRect();
  const above = Math.min(top, innerHeight) - 2 * GAP;
  const below = innerHeight - Math.max(bottom, 0) - 2 * GAP;
  const isAbove = above > below;
  dialog.style.top = `${isAbove ? GAP : Math.max(bottom, 0) + GAP}px`;
  dialog.style.maxHeight = `${Math.max(isAbove ? above : below, 0)}px`;
}
