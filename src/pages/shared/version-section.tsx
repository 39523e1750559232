// The version of the instance, and its known vulnerabilities.
import { jsx, type VNode } from "snabbdom";
import { DAY } from "../../core/schedule";
import type { Advisory, Needs } from "../../core/version/advisory";
import type { Advice } from "../../core/state/version-advice";
import type { PlainKey } from "../../core/message-key";
import type { Untold } from "../../core/version/version-state";
import type { View } from "../../core/view/view";
import { fixWords } from "../../core/view/texts";
import { translate, translateCount, translateText } from "../../shell/ui/translate";
import { button, soft } from "./parts";

export interface VersionActions {
  readonly protectAgain: () => void;
}

export function versionSection(view: View, { protectAgain }: VersionActions): VNode[] {
  const { advice, untold, versionsLost } = view;
  const row =
    advice === undefined ? (untold === undefined ? undefined : translate(NO_VERSION[untold])) : versionText(advice);
  const isOld = advice !== undefined && Date.now() - advice.seen.at > FRESH;
  return [
    ...(row === undefined && !versionsLost
      ? []
      : [
          <section>
            {versionsLost ? soft(translate("sayVersionsDamaged")) : undefined}
            {row === undefined ? undefined : (
              <dl>
                <dt>{translate("labelHomeAssistant")}</dt>
                <dd>
                  {row}
                  {isOld ? soft(translate("versionAsOf", { date: new Date(advice.seen.at) })) : undefined}
                </dd>
              </dl>
            )}
            {advice !== undefined && advice.advisories.length === 0 ? advisoryList(advice.notes) : undefined}
          </section>,
        ]),
    ...(advice === undefined || advice.advisories.length === 0 ? [] : [insecureSection(view, advice, protectAgain)]),
  ];
}

const NO_VERSION: Readonly<Record<Untold, PlainKey>> = {
  "version-not-checked": "untoldNotChecked",
  "version-closed": "untoldSilent",
  "version-late": "untoldSilent",
  "version-malformed": "untoldMalformed",
  "version-too-large": "untoldMalformed",
};

/** A version that was seen longer ago than this is shown with its date. */
const FRESH = 2 * DAY;

function versionText({ seen, understood, advisories }: Advice): string {
  const version = seen.text;
  if (!understood) return translate("versionNotUnderstood", { version });
  return advisories.length === 0
    ? translate("versionFine", { version })
    : translateCount("versionInsecure", advisories.length, { version });
}

function insecureSection({ guarded }: View, advice: Advice, protectAgain: () => void): VNode {
  const { seen, advisories, blocks, override, overridden } = advice;
  return (
    <section attrs={{ class: "amber" }}>
      <h2>{translate("headVersionInsecure", { version: seen.text })}</h2>
      {overridden ? (
        <p attrs={{ role: "status" }}>{translate("sayOverridden", { date: new Date(override?.at ?? seen.at) })}</p>
      ) : blocks ? (
        <p>{translate(guarded === true ? "sayBlocked" : "sayWouldBlock")}</p>
      ) : undefined}
      {fixLines(advice)}
      <details>
        <summary>{translateCount("labelMoreAdvisories", advisories.length)}</summary>
        {advisoryList(advisories)}
      </details>
      {overridden ? (
        <div attrs={{ class: "row" }}>{button("buttonProtectAgain", "primary", protectAgain)}</div>
      ) : undefined}
    </section>
  );
}

/** Which version to update to, and how. */
export const fixLines = ({ fix }: Advice): VNode[] => [
  <p>{translateText(fixWords(fix))}</p>,
  ...(fix === undefined ? [] : [<p>{translate("sayHowToUpdate")}</p>]),
];

/** Each advisory with its link, its severity by its publishers, a summary, and what an attacker needs to use it. */
export function advisoryList(advisories: readonly Advisory[]): VNode | undefined {
  if (advisories.length === 0) return undefined;
  return (
    <ul>
      {advisories.map(({ id, link, severity, summary, needs, withdrawn }) => (
        <li>
          <a attrs={{ href: link, target: "_blank", rel: "noreferrer" }}>{id}</a>
          {severity === undefined ? undefined : soft(translate(SEVERITY[severity]))}
          <div>{summary}</div>
          {needs === undefined ? undefined : soft(translate(NEEDED[needs]))}
          {withdrawn === undefined ? undefined : soft(translate("noteWithdrawn", { date: new Date(withdrawn) }))}
        </li>
      ))}
    </ul>
  );
}

const SEVERITY: Readonly<Record<NonNullable<Advisory["severity"]>, PlainKey>> = {
  LOW: "severityLow",
  MODERATE: "severityModerate",
  HIGH: "severityHigh",
  CRITICAL: "severityCritical",
};

const NEEDED: Readonly<Record<Needs, PlainKey>> = {
  nothing: "needsNothing",
  click: "needsClick",
  login: "needsLogin",
  secret: "needsSecret",
  path: "needsPath",
  home: "needsHome",
  setup: "needsSetup",
  integration: "needsIntegration",
};
