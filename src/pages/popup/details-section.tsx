// The certificate in full, below the other sections if the user opens it.
import { jsx, type VNode } from "snabbdom";
import type { PlainKey } from "../../core/message-key";
import { commonName, type Anchor, type Handshake } from "../../core/tls/certificate";
import { inGroups } from "../../core/tls/fingerprint";
import type { View } from "../../core/view/view";
import { date, facts, translate } from "../../shell/ui/translate";
import { digest, soft } from "../shared/parts";
import { nameOf } from "../shared/pin-choice";

/** What the opened details show in addition to the state: the names in the certificate, once they have been read. */
export interface Details {
  readonly names: readonly string[];
}

/** The handshake the details are about, and its leaf in DER if it was kept. */
export function detailed({ incidents, check }: View): { handshake: Handshake | undefined; leaf: string | undefined } {
  const seen = incidents[0]?.samples.at(-1) ?? check;
  return { handshake: seen?.handshake, leaf: seen?.chain[0] };
}

export function detailsSection(view: View, { names }: Details): VNode {
  const { handshake } = detailed(view);
  return (
    <section>
      {handshake === undefined ? translate("sayNoDetails") : certificateList(handshake, names)}
      {view.pins.map((pin) => [
        soft(pin.note === "" ? translate("labelPinned") : nameOf(pin)),
        digest(pin.fingerprint),
        ...(pin.sha1 === undefined ? [] : [soft(translate("labelPinnedSha1")), digest(pin.sha1)]),
        pin.confirmed === undefined ? translate("sayNeverConfirmed") : undefined,
      ])}
    </section>
  );
}

function certificateList({ leaf, anchor, transparency }: Handshake, names: readonly string[]): VNode {
  const rows: [PlainKey, string][] = [
    ["labelSubject", commonName(leaf.subject)],
    ...(names.length === 0 ? [] : [["labelNames", facts(names)] as [PlainKey, string]]),
    ["labelIssuer", commonName(leaf.issuer)],
    ["labelRoot", rootText(anchor)],
    ["labelTransparency", transparencyText(transparency)],
    ["labelFrom", date(leaf.notBefore)],
    ["labelUntil", date(leaf.notAfter)],
    ["labelSha1", inGroups(leaf.sha1).join(" ")],
    ["labelSha256", inGroups(leaf.sha256).join(" ")],
    ["labelKey", leaf.spki],
  ];
  return <dl>{rows.flatMap(([label, value]) => [<dt>{translate(label)}</dt>, <dd>{value}</dd>])}</dl>;
}

/** Firefox's own check: it knows the logs and their rules better than an extension could. */
function transparencyText(status: string): string {
  if (status === "policy_compliant") return translate("transparencyFine");
  return translate(status.startsWith("policy_not_") ? "transparencyBad" : "transparencyNone");
}

function rootText(anchor: Anchor): string {
  switch (anchor.kind) {
    case "built-in":
      return translate("rootBuiltIn", { authority: commonName(anchor.root.subject) });
    case "public":
      return translate("rootPublic", { authority: commonName(anchor.root.subject) });
    case "added":
      return translate("rootAdded", { authority: commonName(anchor.root.subject) });
    case "unknown":
      return translate("rootUnknown");
  }
}
