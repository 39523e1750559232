import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../src/core/incident/verdict";
import type { Advice } from "../../../src/core/state/version-advice";
import type { Status } from "../../../src/core/state/status";
import { REASON, type Reason } from "../../../src/core/tls/observation";
import { buttonStateOf, isAmber, RED, withVersion } from "../../../src/core/view/button-state";
import { INSTANCE, sha1, unconfirmed } from "../samples";

const AMBER = "#8a5300";
const GREY = "#5b5b66";
const AT = 1_795_000_000_000;

const checked = (verdict: Verdict): Status => ({ kind: "checked", verdict, at: AT });
const warned = (verdict: Verdict): Status => ({
  kind: "incident",
  incident: {
    address: INSTANCE,
    verdict,
    trustAnchor: "",
    first: AT,
    last: AT,
    count: 1,
    samples: [],
    notifiedAt: AT,
  },
});

const STATES: [what: string, status: Status, badge: string, colour: string, icon: string, title: string][] = [
  ["no watched address", { kind: "not-watched" }, "", GREY, "quiet", "titleNotWatching"],
  ["an address without a check", { kind: "not-yet" }, "?", GREY, "unknown", "titleNotYet"],
  ["a match", checked({ kind: "match", pin: sha1("1") }), "", GREY, "verified", "titleVerified"],
  ["a renewal", checked({ kind: "renewed", pin: sha1("1") }), "", GREY, "verified", "titleRenewed"],
  ["a pin trusted on first use", checked({ kind: "unchanged", pin: sha1("1") }), "", GREY, "quiet", "titleUnchanged"],
  ["an address without a pin", checked({ kind: "unpinned" }), "?", GREY, "unknown", "titleNotPinned"],
  [
    "a closed request",
    checked({ kind: "unanswered", carried: "probe" }),
    "?",
    AMBER,
    "unknown",
    "titleUncheckedCutOff",
  ],
  [
    "a warning of one",
    warned({ kind: "unanswered", carried: "secret" }),
    "?",
    AMBER,
    "unknown",
    "titleUncheckedCutOff",
  ],
];
it.each(STATES)("shows the right badge and title for %s", (_, status, badge, colour, icon, title) => {
  expect(buttonStateOf(status, [])).toMatchObject({ badge, colour, icon, title: { key: title } });
});

const RED_VERDICTS: [verdict: Verdict, title: string][] = [
  [{ kind: "plaintext" }, "titleWarningPlaintext"],
  [{ kind: "overridden", error: "trust_error" }, "titleWarningOverridden"],
  [{ kind: "interception", root: "Company proxy" }, "titleWarningInterception"],
  [{ kind: "undisclosed" }, "titleWarningUndisclosed"],
  [{ kind: "logged", issuer: "CN=R11" }, "titleWarningLogged"],
  [{ kind: "mismatch", cause: "cached" }, "titleWarningCached"],
  [{ kind: "mismatch", cause: "other-key" }, "titleWarningMismatch"],
  [{ kind: "mismatch", cause: "never-confirmed" }, "titleWarningMismatch"],
];
it.each(RED_VERDICTS)("is red for %j, whether or not a warning is open", (verdict, title) => {
  for (const status of [checked(verdict), warned(verdict)])
    expect(buttonStateOf(status, [])).toMatchObject({
      badge: "!",
      colour: RED,
      icon: "warning",
      title: { key: title },
    });
});

describe("a check that couldn't be made", () => {
  const SUSPICIOUS: readonly Reason[] = ["cut-off", "not-answered", "refused", "restarted"];
  it.each(REASON.options)("is never verified: %s", (reason) => {
    const isSuspicious = SUSPICIOUS.includes(reason);
    const state = buttonStateOf(checked({ kind: "unchecked", reason }), []);
    expect(state).toMatchObject({ badge: "?", colour: isSuspicious ? AMBER : GREY, icon: "unknown" });
    expect(state.title.key).toMatch(/^titleUnchecked/u);
    expect(isAmber(reason)).toBe(isSuspicious);
  });

  it("quotes Firefox if it refused the connection", () => {
    const words = "Peer’s Certificate has expired.";
    const { title } = buttonStateOf(checked({ kind: "unchecked", reason: "refused", words }), []);
    expect(title).toEqual({ key: "titleUncheckedRefused", values: { error: words } });
    expect(buttonStateOf(checked({ kind: "unchecked", reason: "cut-off", words }), []).title.values).toEqual({});
  });
});

it("says since when a pin has been trusted on first use", () => {
  const status = checked({ kind: "unchanged", pin: sha1("1") });
  expect(buttonStateOf(status, [unconfirmed("2"), unconfirmed("1")]).title.values).toEqual({
    date: new Date(unconfirmed("1").pinnedAt),
  });
  expect(buttonStateOf(status, [unconfirmed("2")]).title.values).toEqual({ date: "" });
});

it("names the version if an advisory covers it", () => {
  const state = buttonStateOf({ kind: "not-yet" }, []);
  const advice = (...advisories: object[]) => ({ seen: { text: "2021.1.4" }, advisories }) as unknown as Advice;
  expect(withVersion(state, undefined)).toBe(state);
  expect(withVersion(state, advice())).toBe(state);
  expect(withVersion(state, advice({}))).toEqual({ ...state, insecure: "2021.1.4" });
});
