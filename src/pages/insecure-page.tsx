// In place of a page of a house whose version anybody could open: why, how to update, and the way round it.
import { jsx, type VNode } from "snabbdom";
import type { Address } from "../core/address";
import type { Advice } from "../core/insecure";
import { say } from "../shell/text";
import { button, soft } from "./parts";
import { advisoryList, fixText } from "./version-section";

export interface InsecureActions {
  readonly lookAgain: () => void;
  readonly closeTab: () => void;
  readonly override: (text: string, ids: string[]) => void;
  readonly redraw: () => void;
}

/** The way round has a screen of its own, and a box to tick there. */
let asking = false;
let agreed = false;

export function insecurePage(address: Address, advice: Advice, isPrivate: boolean, actions: InsecureActions): VNode[] {
  return [
    <section attrs={{ class: "verdict amber", role: "region", "aria-label": say("labelVerdict") }}>
      <img props={{ src: "icons/unknown.svg", alt: "" }} />
      <div>
        <h1>{say("headInsecure", advice.seen.text)}</h1>
        <p>{say("sayInsecure")}</p>
      </div>
    </section>,
    ...(asking
      ? [confirmation(advice, actions)]
      : [reasons(address, advice, isPrivate, actions), wayRound(isPrivate, actions)]),
  ];
}

function reasons(address: Address, advice: Advice, isPrivate: boolean, actions: InsecureActions): VNode {
  const blocking = advice.advisories.filter(({ blocks }) => blocks);
  const others = advice.advisories.filter(({ blocks }) => !blocks);
  return (
    <section>
      <div attrs={{ class: "host" }}>{address}</div>
      {rearmed(advice)}
      <p>{fixText(advice)}</p>
      {advisoryList(blocking)}
      {others.length === 0 ? undefined : (
        <details>
          <summary>{say("labelOtherAdvisories", String(others.length))}</summary>
          {advisoryList(others)}
        </details>
      )}
      <div attrs={{ class: "row" }}>
        {button("buttonCloseTab", "plain", actions.closeTab)}
        {isPrivate ? undefined : button("buttonUpdated", "primary", actions.lookAgain)}
      </div>
    </section>
  );
}

function rearmed({ override }: Advice): VNode | undefined {
  if (override?.ended === undefined) return undefined;
  const { ids } = override.ended;
  return (
    <p attrs={{ role: "status" }}>
      {ids.length > 0 ? say("sayRearmed", ids.join(", ")) : say("sayRearmedVersion", override.text)}
    </p>
  );
}

function wayRound(isPrivate: boolean, { redraw }: InsecureActions): VNode {
  const ask = (): void => {
    asking = true;
    agreed = false;
    redraw();
  };
  return (
    <section>
      {isPrivate ? (
        soft(say("sayOverridePrivate"))
      ) : (
        <div attrs={{ class: "row" }}>{button("buttonCannotUpdate", "link", ask)}</div>
      )}
    </section>
  );
}

function confirmation({ seen, advisories }: Advice, { override, redraw }: InsecureActions): VNode {
  const ids = advisories.map(({ id }) => id);
  const tick = (event: Event): void => {
    agreed = (event.target as HTMLInputElement).checked;
    redraw();
  };
  const end = (): void => {
    asking = false;
    redraw();
  };
  const disable = (): void => {
    asking = false;
    override(seen.text, ids);
  };
  return (
    <section>
      <h2>{say("headOverride")}</h2>
      <p>{say("sayOverride", seen.text)}</p>
      {soft(ids.join(", "))}
      <label attrs={{ class: "tick" }}>
        <input attrs={{ type: "checkbox" }} props={{ checked: agreed }} on={{ change: tick }} />
        {say("labelOverride")}
      </label>
      <div attrs={{ class: "row" }}>
        {button("buttonKeepProtection", "primary", end)}
        <button attrs={{ class: "plain", type: "button" }} props={{ disabled: !agreed }} on={{ click: disable }}>
          {say("buttonOverride")}
        </button>
      </div>
    </section>
  );
}
