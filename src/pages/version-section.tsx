// What the popup says of the house's version.
import { jsx, type VNode } from "snabbdom";
import type { Advisory, Needs } from "../core/advisory";
import type { Advice } from "../core/insecure";
import type { MessageKey } from "../core/message-key";
import type { Untold } from "../core/version-book";
import type { View } from "../core/view";
import { fixWords } from "../core/words";
import { say, sayText } from "../shell/text";
import { button, date, soft } from "./parts";

export interface VersionActions {
  readonly protectAgain: () => void;
}

export function versionSection(view: View, { protectAgain }: VersionActions): VNode[] {
  const { advice, untold, versionsLost } = view;
  const row = advice === undefined ? (untold === undefined ? undefined : say(UNTOLD[untold])) : versionText(advice);
  return [
    ...(row === undefined && !versionsLost
      ? []
      : [
          <section>
            {versionsLost ? soft(say("sayVersionsDamaged")) : undefined}
            {row === undefined ? undefined : (
              <dl>
                <dt>{say("labelHomeAssistant")}</dt>
                <dd>{row}</dd>
              </dl>
            )}
            {advice !== undefined && advice.advisories.length === 0 ? advisoryList(advice.notes) : undefined}
          </section>,
        ]),
    ...(advice === undefined || advice.advisories.length === 0 ? [] : [insecureSection(view, advice, protectAgain)]),
  ];
}

const UNTOLD: Readonly<Record<Untold, MessageKey>> = {
  "version-not-checked": "untoldNotChecked",
  "version-closed": "untoldSilent",
  "version-late": "untoldSilent",
  "version-malformed": "untoldMalformed",
  "version-too-large": "untoldMalformed",
};

/** A version that was told longer ago than this is shown with its date. */
const FRESH = 2 * 24 * 60 * 60 * 1000;

function versionText({ seen, understood, advisories }: Advice): string {
  const text = !understood
    ? say("versionNotUnderstood", seen.text)
    : advisories.length === 0
      ? say("versionFine", seen.text)
      : say("versionInsecure", seen.text, String(advisories.length));
  return Date.now() - seen.at > FRESH ? say("versionAsOf", text, date(seen.at)) : text;
}

function insecureSection({ guarded }: View, advice: Advice, protectAgain: () => void): VNode {
  const { seen, advisories, blocks, override, overridden } = advice;
  return (
    <section attrs={{ class: "amber" }}>
      <h2>{say("headVersionInsecure", seen.text)}</h2>
      {overridden ? (
        <p attrs={{ role: "status" }}>{say("sayOverridden", date(override?.at ?? seen.at))}</p>
      ) : blocks ? (
        <p>{say(guarded === true ? "sayBlocked" : "sayWouldBlock")}</p>
      ) : undefined}
      <p>{fixText(advice)}</p>
      <details>
        <summary>{say("labelMoreAdvisories", String(advisories.length))}</summary>
        {advisoryList(advisories)}
      </details>
      {overridden ? (
        <div attrs={{ class: "row" }}>{button("buttonProtectAgain", "primary", protectAgain)}</div>
      ) : undefined}
    </section>
  );
}

export const fixText = ({ fix }: Advice): string =>
  [sayText(fixWords(fix)), ...(fix === undefined ? [] : [say("sayHowToUpdate")])].join(" ");

/** Each with its link, how grave its publishers call it, what it is, and what somebody needs who would use it. */
export function advisoryList(advisories: readonly Advisory[]): VNode | undefined {
  if (advisories.length === 0) return undefined;
  return (
    <ul>
      {advisories.map(({ id, link, severity, summary, needs, withdrawn }) => (
        <li>
          <a attrs={{ href: link, target: "_blank", rel: "noreferrer" }}>{id}</a>
          {severity === undefined ? "" : ` (${say(SEVERITY[severity])})`}
          <div>{summary}</div>
          {needs === undefined ? undefined : soft(say(NEEDED[needs]))}
          {withdrawn === undefined ? undefined : soft(say("noteWithdrawn", withdrawn.slice(0, 10)))}
        </li>
      ))}
    </ul>
  );
}

const SEVERITY: Readonly<Record<NonNullable<Advisory["severity"]>, MessageKey>> = {
  LOW: "severityLow",
  MODERATE: "severityModerate",
  HIGH: "severityHigh",
  CRITICAL: "severityCritical",
};

const NEEDED: Readonly<Record<Needs, MessageKey>> = {
  nothing: "needsNothing",
  click: "needsClick",
  login: "needsLogin",
  secret: "needsSecret",
  path: "needsPath",
  home: "needsHome",
  setup: "needsSetup",
  integration: "needsIntegration",
};
