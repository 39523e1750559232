import { jsx, type VNode } from "snabbdom";
import { inGroups } from "../../core/tls/fingerprint";
import { identityOf, type Issuance } from "../../core/ct/issuance";
import type { PlainKey } from "../../core/message-key";
import { facts, time, translate } from "../../shell/ui/translate";
import type { CertificateText } from "../shared/certificate-text";
import { button, soft } from "../shared/parts";

/** The certificate whose details are open; the values from its DER come a moment later. */
export interface Details {
  readonly issuance: Issuance;
  readonly text: CertificateText | undefined;
  readonly pem: string | undefined;
}

export function detailsOf(
  { issuance, text, pem }: Details,
  { savePem }: { readonly savePem: (issuance: Issuance) => void },
): VNode {
  const rows: [PlainKey, string][] = [
    ["labelNames", facts(issuance.names)],
    ["labelIssuer", issuance.issuer],
    ["labelFrom", time(issuance.notBefore)],
    ["labelUntil", time(issuance.notAfter)],
    ["labelFound", time(issuance.foundAt)],
    ["labelSha256", inGroups(issuance.sha256).join(" ")],
    ["labelKey", issuance.spki],
    ...(text === undefined
      ? []
      : ([
          ["labelSerial", text.serial],
          ["labelKind", translate(text.isPrecertificate ? "kindPrecertificate" : "kindCertificate")],
        ] as [PlainKey, string][])),
  ];
  return (
    <tr key={`details ${identityOf(issuance)}`}>
      <td attrs={{ colspan: 6 }}>
        <dl>{rows.flatMap(([label, value]) => [<dt>{translate(label)}</dt>, <dd>{value}</dd>])}</dl>
        {pem === undefined ? (
          soft(translate("sayNoDer"))
        ) : (
          <div>
            <pre attrs={{ tabindex: 0, "aria-label": translate("labelPem") }}>{pem}</pre>
            <div attrs={{ class: "row" }}>
              <span></span>
              {button("buttonSavePem", "link", () => {
                savePem(issuance);
              })}
            </div>
          </div>
        )}
      </td>
    </tr>
  );
}
