// The local page in the tab: what it reports of its certificate, and pinning it.
import { jsx, type VNode } from "snabbdom";
import { isCloudAddress } from "../../core/address";
import { adviceFor, type StatusAdvice } from "../../core/pin/certificate-status";
import type { Fingerprint } from "../../core/tls/fingerprint";
import type { LocalPageError } from "../../core/pin/local-page";
import type { PlaceError } from "../../core/pin/local-place";
import type { PlainKey } from "../../core/message-key";
import type { LocalPageReading, LocalPageReply } from "../../shell/messages/calls";
import { translate } from "../../shell/ui/translate";
import { isPrivate } from "../shared/page";
import { button, digest, soft } from "../shared/parts";

/** The page in the tab: it is being read, or has replied. */
export interface LocalPage {
  /** Whether the user asked for it. */
  readonly asked: boolean;
  readonly reply?: LocalPageReply;
}

export interface LocalActions {
  readonly readLocalPage: () => void;
  /** @param keepsOthers - whether it is added to the pin that it would otherwise replace */
  readonly pinReported: (reading: LocalPageReading, keepsOthers: boolean) => void;
  /** Opens the form for a fingerprint that was read elsewhere. */
  readonly enterFingerprint: (reading: LocalPageReading) => void;
  readonly readByItself: (origin: string, isRead: boolean) => void;
}

/** Whether the page reports a certificate. */
export const isReporting = (page: LocalPage | undefined): boolean => page?.reply?.result.ok === true;

/** Errors of pages that are no instance at all. They are shown only if the user asked. */
const QUIET: readonly string[] = ["local-not-home-assistant", "place-not-a-page", "place-remote"];

/** The local page in the tab: the certificate that it reports, or why it reports none. */
export function localSection(page: LocalPage | undefined, actions: LocalActions): VNode[] {
  if (page === undefined) return [];
  const { reply, asked } = page;
  if (reply === undefined)
    return asked ? [<section attrs={{ "aria-busy": "true" }}>{translate("sayReading")}</section>] : [];
  const { result, isLocal } = reply;
  const again = button("buttonRead", "link", actions.readLocalPage);
  if (result.ok)
    return [
      <section>
        {readingLines(result.value)}
        <div attrs={{ class: "row" }}>
          {again}
          {pinButtons(result.value, actions)}
        </div>
        {automaticSwitch(reply, actions)}
      </section>,
    ];
  const isQuiet = QUIET.includes(result.error.code) && !asked;
  if (isQuiet && !isLocal) return [];
  return [
    <section>
      {isQuiet ? undefined : <p attrs={{ role: "alert" }}>{errorText(result.error)}</p>}
      {result.error.code === "local-not-ready" ? statusAdvice(result.error.status) : undefined}
      <div attrs={{ class: "row" }}>{again}</div>
    </section>,
  ];
}

const pinButtons = (
  reading: LocalPageReading,
  { enterFingerprint, pinReported }: LocalActions,
): (VNode | undefined)[] => [
  isBlocked(reading)
    ? button("buttonEnterFingerprint", "plain", () => {
        enterFingerprint(reading);
      })
    : undefined,
  replacedBy(reading) === undefined || !mayPin(reading)
    ? undefined
    : button("buttonPinAdded", "link", () => {
        pinReported(reading, true);
      }),
  mayPin(reading)
    ? button("buttonPin", isSafeToPin(reading) ? "primary" : "link", () => {
        pinReported(reading, false);
      })
    : undefined,
];

/** Whether there is something to pin, and no warning shows it. */
const mayPin = (reading: LocalPageReading): boolean => isPinnable(reading) && !reading.isOnWarning;
/** Whether only a warning keeps it from being pinned. */
const isBlocked = (reading: LocalPageReading): boolean => isPinnable(reading) && reading.isOnWarning;

const isPinnable = ({ comparison }: LocalPageReading): boolean => {
  switch (comparison.kind) {
    case "new":
    case "new-key":
    case "other-leaf":
    case "unreachable":
    case "other-pin":
      return true;
    case "same":
      return comparison.more.length > 0;
    case "same-key":
    case "behind":
      return false;
  }
};

/** The pin that pinning here replaces, unless the user keeps it. */
export const replacedBy = ({ comparison }: LocalPageReading): Fingerprint | undefined =>
  comparison.kind === "new-key" || comparison.kind === "other-leaf" ? comparison.pin.fingerprint : undefined;

/** If an attacker answers at the remote address, the local page may be theirs, too. So pinning comes second. */
const isSafeToPin = ({ comparison }: LocalPageReading): boolean => comparison.kind !== "other-leaf";

function readingLines(reading: LocalPageReading): (VNode | undefined)[] {
  const { telling, comparison, place } = reading;
  const old = comparison.kind === "new" || comparison.kind === "same" ? undefined : comparison.pin.fingerprint;
  const isSame = comparison.kind === "same-key" || old === undefined || old.length !== telling.fingerprint.length;
  const seen = comparison.kind === "other-leaf" ? comparison.seen.leaf.sha1 : undefined;
  return [
    <p>{translate(COMPARED[comparison.kind])}</p>,
    ...telling.hosts.map((host) => <div attrs={{ class: "host" }}>{host}</div>),
    ...(old === undefined || comparison.kind === "same-key"
      ? []
      : [soft(translate("labelPinnedCertificate")), digest(old)]),
    soft(translate("labelInstanceReports")),
    digest(telling.fingerprint, isSame ? undefined : old),
    ...(seen === undefined ? [] : [soft(translate("labelAnswersOutside")), digest(seen, telling.fingerprint)]),
    soft(translate("sayExpires", { date: new Date(telling.expires) })),
    ...(telling.status === undefined
      ? []
      : [soft(translate("sayStatus", { status: telling.status })), statusAdvice(telling.status)]),
    ...(telling.isRemoteOff === true ? [<p>{translate("sayRemoteOff")}</p>] : []),
    ...(telling.namesTold ? [] : [soft(translate("sayOldCore"))]),
    ...(mayPin(reading) && !telling.hosts.every(isCloudAddress) ? [soft(translate("sayAsksPermission"))] : []),
    ...(mayPin(reading) && !isBlocked(reading) ? [soft(translate("sayPinClears"))] : []),
    ...(isBlocked(reading)
      ? [<p attrs={{ role: "alert" }}>{translate("homeOnWarning")}</p>, <p>{translate("sayCompareElsewhere")}</p>]
      : []),
    ...(mayPin(reading) ? [<p>{translate(place.isVpn ? "askVpn" : "askHome", { host: place.host })}</p>] : []),
  ];
}

const COMPARED: Readonly<Record<LocalPageReading["comparison"]["kind"], PlainKey>> = {
  new: "homeNew",
  same: "homeSame",
  "same-key": "homeSameKey",
  "new-key": "homeNewKey",
  behind: "homeBehind",
  "other-leaf": "homeOtherLeaf",
  "other-pin": "homeOtherPin",
  unreachable: "homeUnreachable",
};

const ADVICE: Readonly<Record<Exclude<StatusAdvice, "settled">, PlainKey>> = {
  starting: "statusStarting",
  underway: "statusUnderway",
  due: "statusDue",
  failed: "statusFailed",
  domain: "statusDomain",
  expired: "statusExpired",
  unusable: "statusUnusable",
  unknown: "statusUnknown",
};

/** What to do about a status; nothing if the certificate is in use. */
function statusAdvice(status: string): VNode | undefined {
  const advice = adviceFor(status);
  return advice === "settled" ? undefined : <p>{translate(ADVICE[advice])}</p>;
}

/** Whether the page is read each time it is opened. Not in private windows, because the choice is saved. */
function automaticSwitch({ origin, isAutomatic }: LocalPageReply, { readByItself }: LocalActions): VNode | undefined {
  if (origin === undefined || isPrivate) return undefined;
  const change = (event: Event): void => {
    readByItself(origin, (event.target as HTMLInputElement).checked);
  };
  return (
    <label attrs={{ class: "switch" }}>
      {translate("switchReadByItself")}
      <input attrs={{ type: "checkbox", role: "switch" }} props={{ checked: isAutomatic }} on={{ change }} />
    </label>
  );
}

function errorText(error: LocalPageError | PlaceError): string {
  switch (error.code) {
    case "local-not-home-assistant":
      return translate("errorNotHomeAssistant");
    case "local-login":
      return translate("errorHomeLogin");
    case "local-loading":
      return translate("errorHomeLoading");
    case "local-no-cloud":
      return translate("errorHomeNoCloud");
    case "local-timeout":
      return translate("errorHomeTimeout");
    case "local-not-logged-in":
      return translate("errorHomeNotLoggedIn");
    case "local-no-remote":
      return translate("errorHomeNoRemote");
    case "local-no-domain":
      return translate("errorHomeNoDomain");
    case "local-not-ready":
      return translate("errorHomeNotReady", { status: error.status });
    case "local-no-certificate":
      return translate("errorHomeNoCertificate");
    case "local-malformed":
      return translate("errorHomeMalformed");
    case "place-not-a-page":
      return translate("errorPlaceNotAPage");
    case "place-remote":
      return translate("errorPlaceRemote");
    case "place-own-name":
      return translate("errorPlaceOwnName");
    case "place-unresolved":
      return translate("errorPlaceUnresolved");
    case "place-public":
      return translate("errorPlacePublic", { ip: error.ip });
  }
}
