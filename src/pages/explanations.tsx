// What a warning about another certificate may mean, with what speaks for and against it. None of it ends a warning.
import { jsx, type VNode } from "snabbdom";
import { isCloudAddress } from "../core/address";
import { authorityName } from "../core/certificate";
import type { Incident } from "../core/incident";
import { looksLikeRenewal } from "../core/new-key";
import type { Pin } from "../core/pin";
import { say } from "../shell/text";
import { date } from "./parts";

/** @param pins - those of the address when the warning began */
export function explanations({ address, verdict, samples }: Incident, pins: readonly Pin[]): VNode[] {
  const isStored = verdict.kind === "mismatch" && verdict.cause === "cached";
  if (isStored || !["mismatch", "interception", "overridden"].includes(verdict.kind)) return [];
  const { handshake, privateIp } = samples.at(-1) ?? {};
  const look = handshake && looksLikeRenewal(handshake, pins);
  const last = look?.pin.confirmed?.last;
  return [
    ...(privateIp === undefined ? [] : [<p>{say("whyPrivate", privateIp)}</p>]),
    ...(handshake === undefined || look === undefined || last === undefined
      ? []
      : [
          <p>
            <strong>{say("whyRenewal")}</strong>
          </p>,
          <ul>
            <li>
              {say(
                look.when === "end" ? "whyRenewalEnd" : "whyRenewalDue",
                authorityName(handshake.leaf.issuer),
                date(handshake.leaf.notBefore),
                date(last.notAfter),
              )}
            </li>
            <li>{say(isCloudAddress(address) ? "whyRenewalCloud" : "whyRenewalProxy")}</li>
            <li>{say("whyRenewalAnyone")}</li>
          </ul>,
        ]),
    ...(verdict.kind === "mismatch" && verdict.cause === "other-key" ? [<p>{say("whyNewKey")}</p>] : []),
  ];
}
