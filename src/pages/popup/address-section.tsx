// The address, its pins, and what is known of its certificates.
import { jsx, type VNode } from "snabbdom";
import { isCloudAddress } from "../../core/address";
import { isOurs } from "../../core/incident/verdict";
import type { Pin } from "../../core/pin/pin";
import { expiryOf } from "../../core/tls/expiry";
import type { View } from "../../core/view/view";
import { translate } from "../../shell/ui/translate";
import { ctTexts } from "../shared/ct-texts";
import { soft, SOURCES } from "../shared/parts";

export function addressSection(view: View): VNode {
  const { address, pins, private: isPrivate, privateAllowed } = view;
  const isOwnDomain = address !== undefined && !isCloudAddress(address) && pins.length > 0;
  return (
    <section>
      <div attrs={{ class: "host" }}>{address}</div>
      {pins.map((pin) => pinLine(pin, view))}
      {expiryHint(view)}
      {ctRow(view)}
      {isOwnDomain ? soft(translate("sayOwnDomain")) : undefined}
      {isPrivate ? soft(translate("sayPrivate")) : undefined}
      {privateAllowed ? undefined : soft(translate("sayPrivateNotAllowed"))}
    </section>
  );
}

/**
 * One pin of the address: its note, how it was learned, and, if there are several, whether the latest check matched
 * this one.
 */
function pinLine(pin: Pin, { pins, status }: View): VNode {
  const { note, source, pinnedAt, fingerprint, confirmed, wasOnWarning } = pin;
  const isMatched = status.kind === "checked" && isOurs(status.verdict) && status.verdict.pin === fingerprint;
  const parts = [
    ...(note === "" ? [] : [note]),
    translate(SOURCES[source], { date: new Date(pinnedAt) }),
    ...(confirmed === undefined ? [translate("sayNeverConfirmed")] : []),
    ...(wasOnWarning === true ? [translate("sayWasOnWarning")] : []),
    ...(isMatched && pins.length > 1 ? [translate("sayMatchedPin")] : []),
  ];
  return soft(parts.join(" · "));
}

function expiryHint({ check }: View): VNode | undefined {
  const leaf = check !== undefined && isOurs(check.verdict) ? check.handshake?.leaf : undefined;
  if (leaf === undefined || expiryOf(leaf, Date.now()) !== "late") return undefined;
  return soft(translate("sayRenewalLate", { date: new Date(leaf.notAfter) }));
}

/** Log monitoring. Shown after a connection matched the pin: before, there is nothing to compare the logs with. */
function ctRow({ address, ctState }: View): VNode | undefined {
  if (address === undefined || ctState === undefined) return undefined;
  const { tone, line } = ctTexts(ctState);
  const href = `ct.html?address=${encodeURIComponent(address)}`;
  return (
    <dl attrs={{ class: "facts" }}>
      <dt>{translate("labelCt")}</dt>
      <dd attrs={{ class: tone }}>
        <a attrs={{ href, target: "_blank" }}>{line}</a>
      </dd>
    </dl>
  );
}
