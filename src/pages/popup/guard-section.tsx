// The switch of Guard, and how thoroughly it checks.
import { jsx, type VNode } from "snabbdom";
import type { Address } from "../../core/address";
import type { GuardLevel } from "../../core/state/state";
import type { View } from "../../core/view/view";
import { translate } from "../../shell/ui/translate";
import { choiceButton, choiceRadio, choiceSwitch, type Choice } from "../shared/choice";
import { soft } from "../shared/parts";

export interface GuardActions {
  readonly guard: (on: boolean) => void;
  readonly guardLevel: (level: GuardLevel) => void;
  /** Lets Guard work with this version of Firefox. */
  readonly acceptFirefox: () => void;
}

/** Offered after a connection matched the pin: before, Guard has nothing to compare with. */
export function guardSection(
  { address, guarded, guardLevel, check, guardLimit, firefox }: View,
  { guard, guardLevel: setLevel, acceptFirefox }: GuardActions,
): VNode[] {
  if (guarded === undefined || address === undefined) return [];
  const off: Choice = {
    kind: "guard-off",
    about: address,
    run: () => {
      guard(false);
    },
  };
  return [
    <section>
      <label attrs={{ class: "switch" }}>
        {translate("switchGuard")}
        {choiceSwitch(off, guarded, "guard", () => {
          guard(true);
        })}
      </label>
      <div attrs={{ class: "soft", id: "guard" }}>{translate("sayGuard")}</div>
      {guarded ? undefined : soft(translate("sayGuardClears"))}
      {guarded && check?.inconclusive === true ? (
        <p attrs={{ role: "alert" }}>{translate("sayGuardInconclusive")}</p>
      ) : undefined}
      {guardLimit === "unproven-firefox" && firefox !== undefined
        ? choiceButton({ kind: "accept-firefox", about: address, version: String(firefox), run: acceptFirefox })
        : undefined}
      {guardLevel === undefined ? undefined : levelFields(address, guardLevel, setLevel)}
    </section>,
  ];
}

/** Thorough takes effect at once. Quick lowers the protection, so it asks first. */
function levelFields(address: Address, level: GuardLevel, choose: (level: GuardLevel) => void): VNode {
  const quick: Choice = {
    kind: "guard-quick",
    about: address,
    run: () => {
      choose("quick");
    },
  };
  return (
    <fieldset>
      <legend>{translate("labelGuardLevel")}</legend>
      <label attrs={{ class: "tick" }}>
        <input
          attrs={{ type: "radio", name: "guard-level", "aria-describedby": "thorough" }}
          props={{ checked: level === "thorough" }}
          on={{
            change: () => {
              choose("thorough");
            },
          }}
        />
        {translate("levelThorough")}
      </label>
      <div attrs={{ class: "soft", id: "thorough" }}>{translate("sayLevelThorough")}</div>
      <label attrs={{ class: "tick" }}>
        {choiceRadio(quick, "guard-level", level === "quick", "quick")}
        {translate("levelQuick")}
      </label>
      <div attrs={{ class: "soft", id: "quick" }}>{translate("sayLevelQuick")}</div>
      <p attrs={{ class: "soft" }}>{translate("sayLevelWarns")}</p>
    </fieldset>
  );
}
