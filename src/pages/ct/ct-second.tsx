import { jsx, type VNode } from "snabbdom";
import type { Address } from "../../core/address";
import { authorityName } from "../../core/tls/certificate";
import { classify, type Class, type Ours } from "../../core/ct/classify";
import type { Issuance } from "../../core/ct/issuance";
import type { Failure } from "../../core/ct/ct-state";
import { serialKey, type Opinion } from "../../core/ct/crt-sh";
import { call } from "../../shell/messages/calls";
import { dateRange, translate, translateCount } from "../../shell/ui/translate";
import { derOf, serialIn, textOf } from "../shared/certificate-text";
import { button, soft } from "../shared/parts";
import { CLASSES, failureLines } from "../shared/ct-texts";

/** What crt.sh replied, and the class of each certificate that Latchkey did not know. */
export type Second =
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | { readonly kind: "answered"; readonly count: number; readonly others: readonly Other[] };

interface Other {
  readonly opinion: Opinion;
  /** `not-read`: its DER could not be loaded; `not-asked`: there are too many to ask for each one. */
  readonly whose: Class | "not-read" | "not-asked";
}

/** Maximum number of certificates that are requested one by one. */
const MOST = 20;

/**
 * Asks crt.sh. Known certificates are recognized by issuer and serial number. The others are requested one by one, and
 * those that aren't ours are saved.
 */
export async function askSecondOpinion(address: Address, issuances: readonly Issuance[], ours: Ours): Promise<Second> {
  const answer = await call("ct.second-opinion", { address });
  if (!answer.ok) return { kind: "failed", failure: answer.error };
  const known = new Set(
    issuances.flatMap(({ issuer, der }) => {
      const serial = der === undefined ? undefined : serialIn(der);
      return serial === undefined ? [] : [serialKey(issuer, serial)];
    }),
  );
  const unknown = answer.value.filter(({ issuer, serial }) => !known.has(serialKey(issuer, serial)));
  const others: Other[] = [];
  const found: Issuance[] = [];
  for (const [index, opinion] of unknown.entries()) {
    const issuance = index < MOST ? await fetched(opinion) : undefined;
    const whose = issuance === undefined ? (index < MOST ? "not-read" : "not-asked") : classify(issuance, ours);
    if (whose === "known" || whose === "key" || whose === "unrelated") continue;
    others.push({ opinion, whose });
    if (issuance !== undefined) found.push(issuance);
  }
  if (found.length > 0) await call("ct.add", { address, issuances: found });
  return { kind: "answered", count: answer.value.length, others };
}

/**
 * A certificate of crt.sh in the form that is saved. crt.sh has no digest of what was signed, so the certificate's own
 * is used.
 */
async function fetched({ id, issuer, notBefore, notAfter }: Opinion): Promise<Issuance | undefined> {
  const pem = await call("ct.fetch", { id });
  const der = pem.ok ? derOf(pem.value) : undefined;
  const text = der === undefined ? undefined : await textOf(der);
  if (der === undefined || text === undefined) return undefined;
  const { sha256, spki, names } = text;
  return {
    id: `crt.sh ${id}`,
    tbs: sha256,
    sha256,
    spki,
    names: names.map((name) => name.toLowerCase()),
    issuer,
    issuerName: authorityName(issuer),
    notBefore,
    notAfter,
    revoked: false,
    foundAt: Date.now(),
    der,
  };
}

export function secondSection(
  address: Address,
  second: Second | undefined,
  { askSecond }: { readonly askSecond: () => void },
): VNode {
  return (
    <section>
      <h2>{translate("headSecond")}</h2>
      {soft(translate("saySecond", { host: address }))}
      <div attrs={{ role: "status" }}>{second === undefined ? undefined : secondLines(second)}</div>
      <div attrs={{ class: "row" }}>
        <span></span>
        {button("buttonSecond", "link", askSecond)}
      </div>
    </section>
  );
}

function secondLines(second: Second): VNode {
  switch (second.kind) {
    case "asking":
      return soft(translate("sayCtBusy"));
    case "failed":
      return <div>{failureLines(second.failure)}</div>;
    case "answered":
      return (
        <div>
          <p>{translateCount(second.others.length === 0 ? "secondSame" : "secondOthers", second.count)}</p>
          <ul>
            {second.others.map(({ opinion, whose }) => (
              <li>
                {[
                  whoseText(whose),
                  opinion.issuer,
                  dateRange(opinion.notBefore, opinion.notAfter),
                  opinion.serial,
                ].join(" · ")}
              </li>
            ))}
          </ul>
        </div>
      );
  }
}

function whoseText(whose: Other["whose"]): string {
  switch (whose) {
    case "not-read":
      return translate("secondNotRead");
    case "not-asked":
    case "unrelated":
      return translate("secondUnknown");
    default:
      return translate(CLASSES[whose]);
  }
}
