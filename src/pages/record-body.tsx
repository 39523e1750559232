import { jsx, type VNode } from "snabbdom";
import type { Address } from "../core/address";
import { classify, type Class } from "../core/classify";
import { identityOf, type Issuance } from "../core/issuance";
import type { MessageKey } from "../core/message-key";
import { SERVICE } from "../core/paging";
import { lineOf } from "../core/record";
import type { RecordReply } from "../shell/calls";
import { say } from "../shell/text";
import { button, date, soft, time } from "./parts";
import { detailsOf, type Details } from "./record-details";
import { secondSection, type Second } from "./record-second";
import { timeline } from "./record-timeline";
import { CLASSES, failureText, LINES } from "./record-words";

/** One certificate, as the page shows it. */
export interface Row {
  readonly issuance: Issuance;
  readonly whose: Exclude<Class, "unrelated">;
  /** The first of its key, where it is not the first of all. */
  readonly isNewKey: boolean;
}

const ORDER: readonly Row["whose"][] = ["not-ours", "before", "wildcard", "key", "known"];

/** The certificates to show: what is not ours first, then the newest. */
export function rowsOf({ issuances, ours }: Pick<RecordReply, "issuances" | "ours">): Row[] {
  if (ours === undefined) return [];
  const keys = new Set<string>();
  const rows: Row[] = [];
  for (const issuance of issuances.toReversed()) {
    const whose = classify(issuance, ours);
    if (whose === "unrelated") continue;
    rows.push({ issuance, whose, isNewKey: keys.size > 0 && !keys.has(issuance.spki) });
    keys.add(issuance.spki);
  }
  const rank = ({ whose }: Row): number => Math.min(ORDER.indexOf(whose), ORDER.indexOf("key"));
  return rows.reverse().sort((a, b) => rank(a) - rank(b));
}

/** What the page holds beside the background's answer. */
export interface Held {
  readonly address: Address;
  readonly reply: RecordReply;
  readonly rows: readonly Row[];
  /** How many rows of the table are drawn. */
  readonly drawn: number;
  readonly busy: boolean;
  /** The certificate whose details are open. */
  readonly open: Details | undefined;
  readonly second: Second | undefined;
}

export interface RecordActions {
  readonly set: (on: boolean) => void;
  readonly check: () => void;
  readonly looked: (until: number) => void;
  readonly wildcardRead: () => void;
  readonly more: () => void;
  readonly toggle: (issuance: Issuance) => void;
  readonly savePem: (issuance: Issuance) => void;
  readonly askSecond: () => void;
}

export function recordBody(held: Held, actions: RecordActions): VNode[] {
  const { reply, rows, address } = held;
  const { record } = reply;
  const isOn = record !== "off" && record !== "unknown";
  return [
    head(held),
    consent(held, actions),
    ...(rows.some(({ whose }) => whose === "not-ours") ? [notOurs(rows)] : []),
    ...(isOn && record.counts.beforeNew > 0
      ? [
          lookSection("headBefore", "sayBefore", "buttonLooked", () => {
            actions.looked(Math.max(...rows.map(({ issuance }) => issuance.foundAt)));
          }),
        ]
      : []),
    ...(isOn && record.counts.wildcard > 0 && !record.wildcardRead
      ? [lookSection("headWildcard", "sayWildcard", "buttonWildcardRead", actions.wildcardRead)]
      : []),
    ...(rows.length === 0 ? [] : [pictureSection(rows), tableSection(held, actions)]),
    ...(reply.ours === undefined ? [] : [secondSection(address, held.second, actions)]),
  ];
}

function head({ address, reply: { record, damage } }: Held): VNode {
  const { tone, head: title, meaning } = LINES[lineOf(record, Date.now())];
  const answeredAt = record === "off" || record === "unknown" ? undefined : record.answeredAt;
  const icon = tone === "amber" ? "unknown" : tone;
  return (
    <section attrs={{ class: `verdict ${tone}`, role: "region", "aria-label": say("labelRecord") }}>
      <img props={{ src: `icons/${icon}.svg`, alt: "" }} />
      <div attrs={{ "aria-live": "polite" }}>
        <h1>{say(title)}</h1>
        <p>{say(meaning, answeredAt === undefined ? "" : time(answeredAt))}</p>
        <div attrs={{ class: "host" }}>{address}</div>
        {damage === undefined ? undefined : <p attrs={{ role: "alert" }}>{say("sayRecordDamaged")}</p>}
      </div>
    </section>
  );
}

function consent({ address, reply, busy }: Held, { set, check }: RecordActions): VNode {
  const { record, progress } = reply;
  const isOn = record !== "off" && record !== "unknown";
  const change = (event: Event): void => {
    set((event.target as HTMLInputElement).checked);
  };
  return (
    <section>
      <label attrs={{ class: "switch" }}>
        {say("switchRecord")}
        <input
          attrs={{ type: "checkbox", role: "switch", "aria-describedby": "consent" }}
          props={{ checked: isOn, disabled: reply.ours === undefined && !isOn }}
          on={{ change }}
        />
      </label>
      <div attrs={{ class: "soft", id: "consent" }}>{say("sayRecordConsent", address, SERVICE)}</div>
      {reply.ours === undefined ? soft(say("sayNeverConfirmed")) : undefined}
      {reply.ours !== undefined && reply.isFirstUse ? soft(say("sayRecordFirstUse")) : undefined}
      {isOn && record.failure !== undefined ? (
        <p attrs={{ class: "error", role: "status" }}>{failureText(record.failure)}</p>
      ) : undefined}
      {isOn ? (
        <div attrs={{ class: "row" }}>
          <span attrs={{ class: "soft", role: "status" }}>
            {progress !== undefined
              ? say("sayRecordProgress", String(progress.pages + 1), String(progress.found))
              : busy
                ? say("sayRecordBusy")
                : say("sayRecordNext", time(Math.max(record.dueAt, Date.now())))}
          </span>
          {button("buttonRecordCheck", "primary", check)}
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
      <h2>{say("headNotOurs")}</h2>
      <p>{say("sayNotOurs")}</p>
      <h2>{say("headRevoke")}</h2>
      {issuers.map((issuer) => (
        <p>
          {say("revokeIssuer", issuer.split("\n")[0] ?? "")}{" "}
          {LETS_ENCRYPT.test(issuer)
            ? [say("revokeLetsEncrypt"), " ", link("linkLetsEncrypt", "https://letsencrypt.org/docs/revoking/")]
            : [say("revokeOther"), " ", link("linkCcadb", "https://www.ccadb.org/resources")]}
        </p>
      ))}
      <p>
        {say("revokeCloud")} {link("linkSupport", "https://support.nabucasa.com/")}
      </p>
    </section>
  );
}

const link = (label: MessageKey, href: string): VNode => (
  <a attrs={{ href, target: "_blank", rel: "noreferrer" }}>{say(label)}</a>
);

const lookSection = (title: MessageKey, meaning: MessageKey, label: MessageKey, done: () => void): VNode => (
  <section attrs={{ class: "amber" }}>
    <h2>{say(title)}</h2>
    <p>{say(meaning)}</p>
    <div attrs={{ class: "row" }}>
      <span></span>
      {button(label, "primary", done)}
    </div>
  </section>
);

const pictureSection = (rows: readonly Row[]): VNode => (
  <section>
    <h2>{say("headTimeline")}</h2>
    {soft(say("sayTimeline"))}
    {timeline(rows, Date.now())}
  </section>
);

function tableSection({ rows, drawn, open }: Held, actions: RecordActions): VNode {
  const shown = rows.slice(0, drawn);
  return (
    <section>
      <h2>{say("headCertificates")}</h2>
      {soft(say("sayCertificates", String(shown.length), String(rows.length)))}
      <div attrs={{ class: "scroll" }}>
        <table>
          <thead>
            <tr>
              {(["columnWhose", "columnIssuer", "columnFrom", "columnUntil", "columnKey"] as const).map((column) => (
                <th attrs={{ scope: "col" }}>{say(column)}</th>
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

function line({ issuance, whose, isNewKey }: Row, { toggle }: RecordActions): VNode {
  const { revoked, notBefore, notAfter, spki, issuerName } = issuance;
  const state = [...(revoked ? [say("sayRevoked")] : []), ...(notAfter < Date.now() ? [say("sayExpired")] : [])];
  return (
    <tr key={identityOf(issuance)} attrs={{ class: whose }}>
      <td>{[say(CLASSES[whose]), ...state].join(", ")}</td>
      <td>{issuerName}</td>
      <td>{date(notBefore)}</td>
      <td>{date(notAfter)}</td>
      <td>{[spki.slice(0, 8), ...(isNewKey ? [say("legendNewKey")] : [])].join(" · ")}</td>
      <td>
        {button("linkDetails", "link", () => {
          toggle(issuance);
        })}
      </td>
    </tr>
  );
}
