import { jsx, type VNode } from "snabbdom";
import { isCloudAddress } from "../../core/address";
import { adviceFor, type StatusAdvice } from "../../core/pin/certificate-status";
import type { Fingerprint } from "../../core/tls/fingerprint";
import type { LocalPageError } from "../../core/pin/local-page";
import type { PlaceError } from "../../core/pin/local-place";
import type { PlainKey } from "../../core/message-key";
import type { HomeReading, HomeReply } from "../../shell/messages/calls";
import { translate } from "../../shell/ui/translate";
import { button, digest, soft } from "../shared/parts";

/** What is known of the page in the tab: it is being asked, or has answered. `asked` is set by the button. */
export interface Home {
  readonly asked: boolean;
  readonly reply?: HomeReply;
}

export interface HomeActions {
  readonly readHome: () => void;
  /** @param keepsOthers - whether it is pinned beside the pin that it would replace */
  readonly pinHome: (reading: HomeReading, keepsOthers: boolean) => void;
  /** Opens the form for a fingerprint that was read elsewhere. */
  readonly enterFingerprint: (reading: HomeReading) => void;
  readonly readByItself: (origin: string, isRead: boolean) => void;
}

/** Whether the page tells of a certificate. */
export const isTelling = (home: Home | undefined): boolean => home?.reply?.result.ok === true;

/** Of pages that are nobody's instance nothing is said, unless the user has asked. */
const QUIET: readonly string[] = ["home-not-home-assistant", "place-not-a-page", "place-remote"];

/** The local page in the tab: what it tells of the certificate, or why it tells nothing. */
export function homeSection(home: Home | undefined, actions: HomeActions): VNode[] {
  if (home === undefined) return [];
  const { reply, asked } = home;
  if (reply === undefined)
    return asked ? [<section attrs={{ "aria-busy": "true" }}>{translate("sayReading")}</section>] : [];
  const { result, isLocal } = reply;
  const again = button("buttonRead", "link", actions.readHome);
  if (result.ok) {
    return [
      <section>
        {told(result.value)}
        <div attrs={{ class: "row" }}>
          {again}
          {isBlocked(result.value)
            ? button("buttonEnterFingerprint", "plain", () => {
                actions.enterFingerprint(result.value);
              })
            : undefined}
          {replaces(result.value) === undefined || !mayPin(result.value)
            ? undefined
            : button("buttonPinBeside", "link", () => {
                actions.pinHome(result.value, true);
              })}
          {mayPin(result.value)
            ? button("buttonPin", isSafeToPin(result.value) ? "primary" : "link", () => {
                actions.pinHome(result.value, false);
              })
            : undefined}
        </div>
        {automatic(reply, actions)}
      </section>,
    ];
  }
  const isQuiet = QUIET.includes(result.error.code) && !asked;
  if (isQuiet && !isLocal) return [];
  return [
    <section>
      {isQuiet ? undefined : <p attrs={{ role: "alert" }}>{errorText(result.error)}</p>}
      {result.error.code === "home-not-ready" ? adviceOn(result.error.status) : undefined}
      <div attrs={{ class: "row" }}>{again}</div>
    </section>,
  ];
}

/** Whether there is something to pin, and no warning shows it. */
const mayPin = (reading: HomeReading): boolean => isPinnable(reading) && !reading.isOnWarning;
/** Whether only a warning keeps it from being pinned. */
const isBlocked = (reading: HomeReading): boolean => isPinnable(reading) && reading.isOnWarning;

const isPinnable = ({ comparison }: HomeReading): boolean => {
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
export const replaces = ({ comparison }: HomeReading): Fingerprint | undefined =>
  comparison.kind === "new-key" || comparison.kind === "other-leaf" ? comparison.pin.fingerprint : undefined;

/** Where somebody else answers outside, this page may be his, too: the first thing to do is not to pin. */
const isSafeToPin = ({ comparison }: HomeReading): boolean => comparison.kind !== "other-leaf";

function told(reading: HomeReading): (VNode | undefined)[] {
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
      : [soft(translate("sayStatus", { status: telling.status })), adviceOn(telling.status)]),
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

const COMPARED: Readonly<Record<HomeReading["comparison"]["kind"], PlainKey>> = {
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

/** What to do about a status; nothing where the certificate is in use. */
function adviceOn(status: string): VNode | undefined {
  const advice = adviceFor(status);
  return advice === "settled" ? undefined : <p>{translate(ADVICE[advice])}</p>;
}

function automatic({ origin, isAutomatic }: HomeReply, { readByItself }: HomeActions): VNode | undefined {
  if (origin === undefined) return undefined;
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
    case "home-not-home-assistant":
      return translate("errorNotHomeAssistant");
    case "home-login":
      return translate("errorHomeLogin");
    case "home-loading":
      return translate("errorHomeLoading");
    case "home-no-cloud":
      return translate("errorHomeNoCloud");
    case "home-timeout":
      return translate("errorHomeTimeout");
    case "home-not-logged-in":
      return translate("errorHomeNotLoggedIn");
    case "home-no-remote":
      return translate("errorHomeNoRemote");
    case "home-no-domain":
      return translate("errorHomeNoDomain");
    case "home-not-ready":
      return translate("errorHomeNotReady", { status: error.status });
    case "home-no-certificate":
      return translate("errorHomeNoCertificate");
    case "home-malformed":
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
