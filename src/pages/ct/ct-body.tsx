import { jsx, type VNode } from "snabbdom";
import type { Address } from "../../core/address";
import { identityOf, type Issuance } from "../../core/ct/issuance";
import type { PlainKey } from "../../core/message-key";
import { CERT_SPOTTER } from "../../core/hosts";
import type { CtReply } from "../../shell/messages/calls";
import { date, facts, ordinal, time, translate, translateCount } from "../../shell/ui/translate";
import { button, soft } from "../shared/parts";
import { detailsOf, type Details } from "./ct-details";
import { secondSection, type Second } from "./ct-second";
import type { Row } from "./ct-rows";
import { timeline } from "./ct-timeline";
import { CLASSES, failureLines, ctTexts } from "../shared/ct-texts";

/** The background's reply, and the state of the page itself. */
export interface CtPageState {
  readonly address: Address;
  readonly reply: CtReply;
  readonly rows: readonly Row[];
  /** How many rows of the table are drawn. */
  readonly drawn: number;
  readonly busy: boolean;
  /** The certificate whose details are open. */
  readonly open: Details | undefined;
  readonly second: Second | undefined;
}

export interface CtActions {
  readonly set: (on: boolean) => void;
  readonly check: () => void;
  readonly markReviewed: (until: number) => void;
  readonly wildcardRead: () => void;
  readonly more: () => void;
  readonly toggle: (issuance: Issuance) => void;
  readonly savePem: (issuance: Issuance) => void;
  readonly askSecond: () => void;
}

export function ctBody(state: CtPageState, actions: CtActions): VNode[] {
  const { reply, rows, address } = state;
  const { ctState } = reply;
  const isOn = ctState !== "off" && ctState !== "unknown";
  return [
    head(state),
    consent(state, actions),
    ...(rows.some(({ whose }) => whose === "not-ours") ? [notOurs(rows)] : []),
    ...(isOn && ctState.counts.beforeNew > 0
      ? [
          reviewSection("headBefore", "sayBefore", "buttonReviewed", () => {
            actions.markReviewed(Math.max(...rows.map(({ issuance }) => issuance.foundAt)));
          }),
        ]
      : []),
    ...(isOn && ctState.counts.wildcard > 0 && !ctState.wildcardRead
      ? [reviewSection("headWildcard", "sayWildcard", "buttonWildcardRead", actions.wildcardRead)]
      : []),
    ...(rows.length === 0 ? [] : [pictureSection(rows), tableSection(state, actions)]),
    ...(reply.ours === undefined ? [] : [secondSection(address, state.second, actions)]),
  ];
}

function head({ address, reply: { ctState, damage } }: CtPageState): VNode {
  const { tone, head: title, meaning } = ctTexts(ctState);
  const icon = tone === "amber" ? "unknown" : tone;
  return (
    <section attrs={{ class: `verdict ${tone}`, role: "region", "aria-label": translate("labelCt") }}>
      <img props={{ src: `icons/${icon}.svg`, alt: "" }} />
      <div attrs={{ "aria-live": "polite" }}>
        <h1>{title}</h1>
        <p>{meaning}</p>
        <div attrs={{ class: "host" }}>{address}</div>
        {damage === undefined ? undefined : <p attrs={{ role: "alert" }}>{translate("sayCtDamaged")}</p>}
      </div>
    </section>
  );
}

function consent({ address, reply, busy }: CtPageState, { set, check }: CtActions): VNode {
  const { ctState, progress } = reply;
  const isOn = ctState !== "off" && ctState !== "unknown";
  const change = (event: Event): void => {
    set((event.target as HTMLInputElement).checked);
  };
  return (
    <section>
      <label attrs={{ class: "switch" }}>
        {translate("switchCt")}
        <input
          attrs={{ type: "checkbox", role: "switch", "aria-describedby": "consent" }}
          props={{ checked: isOn, disabled: reply.ours === undefined && !isOn }}
          on={{ change }}
        />
      </label>
      <div attrs={{ class: "soft", id: "consent" }}>
        {translate("sayCtConsent", { host: address, service: CERT_SPOTTER })}
      </div>
      {reply.ours === undefined ? soft(translate("sayNeverConfirmed")) : undefined}
      {reply.ours !== undefined && reply.isFirstUse ? soft(translate("sayCtFirstUse")) : undefined}
      {isOn && ctState.failure !== undefined ? (
        <div attrs={{ role: "status" }}>{failureLines(ctState.failure)}</div>
      ) : undefined}
      {isOn ? (
        <div attrs={{ class: "row" }}>
          <span attrs={{ class: "soft", role: "status" }}>
            {progress !== undefined
              ? translateCount("sayCtProgress", progress.found, { page: ordinal(progress.pages + 1) })
              : busy
                ? translate("sayCtBusy")
                : translate("sayCtNext", { time: time(Math.max(ctState.dueAt, Date.now())) })}
          </span>
          {button("buttonCtCheck", "primary", check)}
        </div>
      ) : undefined}
    </section>
  );
}

const LETS_ENCRYPT = /let[’']s encrypt/iu;

/** Who issued it, and how to have it revoked. */
function notOurs(rows: readonly Row[]): VNode {
  const issuers = [
    ...new Set(
      rows
        .filter(({ whose }) => whose === "not-ours")
        .map(({ issuance }) => `${issuance.issuerName}\n${issuance.issuer}`),
    ),
  ];
  return (
    <section attrs={{ class: "warning" }}>
      <h2>{translate("headNotOurs")}</h2>
      <p>{translate("sayNotOurs")}</p>
      <h2>{translate("headRevoke")}</h2>
      {issuers.map((issuer) => (
        <div>
          <p>{translate("revokeIssuer", { authority: issuer.split("\n")[0] ?? "" })}</p>
          {LETS_ENCRYPT.test(issuer)
            ? advice("revokeLetsEncrypt", "linkLetsEncrypt", "https://letsencrypt.org/docs/revoking/")
            : advice("revokeOther", "linkCcadb", "https://www.ccadb.org/resources")}
        </div>
      ))}
      {advice("revokeCloud", "linkSupport", "https://support.nabucasa.com/")}
    </section>
  );
}

const advice = (text: PlainKey, label: PlainKey, href: string): VNode[] => [
  <p>{translate(text)}</p>,
  <p>
    <a attrs={{ href, target: "_blank", rel: "noreferrer" }}>{translate(label)}</a>
  </p>,
];

const reviewSection = (title: PlainKey, meaning: PlainKey, label: PlainKey, done: () => void): VNode => (
  <section attrs={{ class: "amber" }}>
    <h2>{translate(title)}</h2>
    <p>{translate(meaning)}</p>
    <div attrs={{ class: "row" }}>
      <span></span>
      {button(label, "primary", done)}
    </div>
  </section>
);

const pictureSection = (rows: readonly Row[]): VNode => (
  <section>
    <h2>{translate("headTimeline")}</h2>
    {soft(translate("sayTimeline"))}
    {timeline(rows, Date.now())}
  </section>
);

function tableSection({ rows, drawn, open }: CtPageState, actions: CtActions): VNode {
  const shown = rows.slice(0, drawn);
  return (
    <section>
      <h2>{translate("headCertificates")}</h2>
      {soft(translateCount("sayCertificates", rows.length, { shown: ordinal(shown.length) }))}
      <div attrs={{ class: "scroll" }}>
        <table>
          <thead>
            <tr>
              {(["columnWhose", "columnIssuer", "columnFrom", "columnUntil", "columnKey"] as const).map((column) => (
                <th attrs={{ scope: "col" }}>{translate(column)}</th>
              ))}
              <td></td>
            </tr>
          </thead>
          <tbody>
            {shown.flatMap((row) => [
              line(row, actions),
              ...(open !== undefined && identityOf(open.issuance) === identityOf(row.issuance)
                ? [detailsOf(open, actions)]
                : []),
            ])}
          </tbody>
        </table>
      </div>
      {shown.length < rows.length ? (
        <div attrs={{ class: "row" }}>
          <span></span>
          {button("buttonMore", "link", actions.more)}
        </div>
      ) : undefined}
    </section>
  );
}

function line({ issuance, whose, isNewKey }: Row, { toggle }: CtActions): VNode {
  const { revoked, notBefore, notAfter, spki, issuerName } = issuance;
  const state = [
    ...(revoked ? [translate("sayRevoked")] : []),
    ...(notAfter < Date.now() ? [translate("sayExpired")] : []),
  ];
  return (
    <tr key={identityOf(issuance)} attrs={{ class: whose }}>
      <td>{facts([translate(CLASSES[whose]), ...state])}</td>
      <td>{issuerName}</td>
      <td>{date(notBefore)}</td>
      <td>{date(notAfter)}</td>
      <td>{facts([spki.slice(0, 8), ...(isNewKey ? [translate("legendNewKey")] : [])])}</td>
      <td>
        {button("linkDetails", "link", () => {
          toggle(issuance);
        })}
      </td>
    </tr>
  );
}
