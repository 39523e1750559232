// Shown instead of a page of an instance whose version is insecure: why, how to update, and the override.
import { jsx, type VNode } from "snabbdom";
import type { Address } from "../../core/address";
import type { Advice } from "../../core/state/version-advice";
import { facts, translate, translateCount } from "../../shell/ui/translate";
import { choiceButton, type Choice } from "../shared/choice";
import { button, soft } from "../shared/parts";
import { advisoryList, fixLines } from "../shared/version-section";

export interface InsecureActions {
  readonly checkAgain: () => void;
  readonly closeTab: () => void;
  readonly override: (text: string, ids: string[]) => void;
}

export function insecurePage(address: Address, advice: Advice, isPrivate: boolean, actions: InsecureActions): VNode[] {
  return [
    <section attrs={{ class: "verdict amber", role: "region", "aria-label": translate("labelVerdict") }}>
      <img props={{ src: "icons/unknown.svg", alt: "" }} />
      <div>
        <h1>{translate("headInsecure", { version: advice.seen.text })}</h1>
        <p>{translate("sayInsecure")}</p>
      </div>
    </section>,
    reasons(address, advice, isPrivate, actions),
    overrideSection(address, advice, isPrivate, actions),
  ];
}

function reasons(address: Address, advice: Advice, isPrivate: boolean, actions: InsecureActions): VNode {
  const blocking = advice.advisories.filter(({ blocks }) => blocks);
  const others = advice.advisories.filter(({ blocks }) => !blocks);
  return (
    <section>
      <div attrs={{ class: "host" }}>{address}</div>
      {rearmed(advice)}
      {fixLines(advice)}
      {advisoryList(blocking)}
      {others.length === 0 ? undefined : (
        <details>
          <summary>{translateCount("labelOtherAdvisories", others.length)}</summary>
          {advisoryList(others)}
        </details>
      )}
      <div attrs={{ class: "row" }}>
        {button("buttonCloseTab", "plain", actions.closeTab)}
        {isPrivate ? undefined : button("buttonUpdated", "primary", actions.checkAgain)}
      </div>
    </section>
  );
}

function rearmed({ override }: Advice): VNode | undefined {
  if (override?.ended === undefined) return undefined;
  const { ids } = override.ended;
  return (
    <p attrs={{ role: "status" }}>
      {ids.length > 0 ? translate("sayRearmed", { ids }) : translate("sayRearmedVersion", { version: override.text })}
    </p>
  );
}

function overrideSection(
  address: Address,
  { seen, advisories }: Advice,
  isPrivate: boolean,
  { override }: InsecureActions,
): VNode {
  const ids = advisories.map(({ id }) => id);
  const about = [address, seen.text, ...ids].join(" ");
  const choice: Choice = {
    kind: "override",
    about,
    version: seen.text,
    notes: [facts(ids)],
    run: () => {
      override(seen.text, ids);
    },
  };
  return (
    <section>
      {isPrivate ? soft(translate("sayOverridePrivate")) : <div attrs={{ class: "row" }}>{choiceButton(choice)}</div>}
    </section>
  );
}
