// What a warning about another certificate may mean, with the signs for and against it. None of them ends a warning.
import { jsx, type VNode } from "snabbdom";
import { isCloudAddress } from "../../core/address";
import { authorityName } from "../../core/tls/certificate";
import type { Incident } from "../../core/incident/incident";
import { likelyRenewal } from "../../core/pin/new-key";
import type { Pin } from "../../core/pin/pin";
import { translate } from "../../shell/ui/translate";

/** @param pins - those of the address when the warning began */
export function explanations({ address, verdict, samples }: Incident, pins: readonly Pin[]): VNode[] {
  const isStored = verdict.kind === "mismatch" && verdict.cause === "cached";
  if (isStored || !["mismatch", "interception", "overridden"].includes(verdict.kind)) return [];
  const { handshake, privateIp } = samples.at(-1) ?? {};
  const renewal = handshake && likelyRenewal(handshake, pins);
  const last = renewal?.pin.confirmed?.last;
  return [
    ...(privateIp === undefined ? [] : [<p>{translate("whyPrivate", { ip: privateIp })}</p>]),
    ...(handshake === undefined || renewal === undefined || last === undefined
      ? []
      : [
          <p>
            <strong>{translate("whyRenewal")}</strong>
          </p>,
          <ul>
            <li>
              {translate(renewal.when === "end" ? "whyRenewalEnd" : "whyRenewalDue", {
                authority: authorityName(handshake.leaf.issuer),
                issued: new Date(handshake.leaf.notBefore),
                end: new Date(last.notAfter),
              })}
            </li>
            <li>{translate(isCloudAddress(address) ? "whyRenewalCloud" : "whyRenewalProxy")}</li>
            <li>{translate("whyRenewalAnyone")}</li>
          </ul>,
        ]),
    ...(verdict.kind === "mismatch" && verdict.cause === "other-key" ? [<p>{translate("whyNewKey")}</p>] : []),
  ];
}
