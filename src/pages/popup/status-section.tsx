// What was checked: a headline, and the sentences below it.
import { jsx, type VNode } from "snabbdom";
import { mistakenOf } from "../../core/incident/mistaken";
import { isOurs, isRed, type Verdict } from "../../core/incident/verdict";
import { isAmber } from "../../core/view/button-state";
import { headline, uncheckedText, warningText } from "../../core/view/texts";
import type { View } from "../../core/view/view";
import { ago, translate, translateText } from "../../shell/ui/translate";
import type { Tone } from "../shared/parts";

/** A headline, and the paragraphs below it. */
type StatusText = readonly [headline: string, paragraphs: readonly string[]];

/** @param isOnLocalPage - whether the page in the tab is the instance's own, on the home network */
export function statusSection(view: View, isOnLocalPage: boolean): VNode {
  const tone = toneOf(view);
  const isElsewhere = view.address === undefined && view.status.kind === "not-watched";
  const [title, paragraphs]: StatusText =
    isOnLocalPage && isElsewhere ? [translate("headHome"), [translate("sayHome")]] : statusText(view);
  const icon = tone === "amber" ? "unknown" : tone;
  return (
    <section attrs={{ class: `verdict ${tone}`, role: "region", "aria-label": translate("labelVerdict") }}>
      <img props={{ src: `icons/${icon}.svg`, alt: "" }} />
      <div attrs={{ "aria-live": "polite" }}>
        <h1>{title}</h1>
        {paragraphs.map((paragraph) => (
          <p>{paragraph}</p>
        ))}
      </div>
    </section>
  );
}

function toneOf({ status }: View): Tone {
  if (status.kind === "incident") return isRed(status.incident.verdict) ? "warning" : "amber";
  if (status.kind === "not-watched") return "quiet";
  if (status.kind === "not-yet") return "unknown";
  const { verdict } = status;
  if (verdict.kind === "unchanged") return "quiet";
  if (isOurs(verdict)) return "verified";
  if (verdict.kind === "unpinned") return "unknown";
  return verdict.kind === "unchecked" ? (isAmber(verdict.reason) ? "amber" : "unknown") : "warning";
}

function statusText({ status, check, address, pins }: View): StatusText {
  switch (status.kind) {
    case "incident": {
      const { verdict } = status.incident;
      const mistaken = mistakenOf(status.incident, pins);
      return [translateText(headline(verdict, mistaken)), [translateText(warningText(verdict, mistaken))]];
    }
    case "not-watched":
      return address === undefined
        ? [translate("headElsewhere"), [translate("sayElsewhere")]]
        : [translate("headNotWatched"), [translate("sayNotWatched")]];
    case "not-yet":
      return [translate("headNotYet"), [translate("sayNotYet")]];
    case "checked":
      return [translateText(headline(status.verdict)), verdictText(status.verdict, status.at, check?.fresh === true)];
  }
}

/** Each string is a paragraph. */
function verdictText(verdict: Verdict, at: number, isFresh: boolean): string[] {
  switch (verdict.kind) {
    case "match":
      return [translate(isFresh ? "sayMatchFresh" : "sayMatch", { ago: ago(at) }), ...noteText(verdict.note)];
    case "renewed":
      return [translate("sayRenewed", { ago: ago(at) }), ...noteText(verdict.note)];
    case "unchanged":
      return [translate("sayUnchanged")];
    case "unpinned":
      return [translate("sayUnpinned")];
    case "unchecked":
      return [translateText(uncheckedText(verdict.reason, verdict.words))];
    default:
      return [translateText(warningText(verdict))];
  }
}

const noteText = (note: string | undefined): string[] =>
  note === undefined ? [] : [translate(note === "expired_or_not_yet_valid" ? "noteExpired" : "noteOverridden")];
