import { describe, expect, it } from "vitest";
import type { Advisory } from "../../../src/core/version/advisory";
import { guardAt } from "../../../src/core/state/guard";
import { adviceAt, askedAt, isInsecure, versionsOf } from "../../../src/core/state/version-advice";
import { observe, setGuard, startAgain } from "../../../src/core/state/reduce";
import { EMPTY_STORED_STATE, EMPTY_SESSION, type State } from "../../../src/core/state/state";
import { buttonStateOf, withVersion } from "../../../src/core/view/button-state";
import type { Address } from "../../../src/core/address";
import {
  isFeedDue,
  noteAsked,
  noteFeed,
  noteFeedTried,
  noteHomeVersion,
  noteUntold,
  noteVersion,
  overdueAt,
  override,
  protectAgain,
  setFeed,
  takeAlarms,
} from "../../../src/core/state/version-steps";
import { viewOf } from "../../../src/core/view/view";
import { certificate, confirmed, INSTANCE, seenTls, told } from "../samples";

const AT = 1_795_000_000_000;
const DAY = 24 * 60 * 60 * 1000;
const OTHER = "ha.example.org" as Address;
const empty: State = {
  stored: { ...EMPTY_STORED_STATE, pins: [confirmed("1", "K", { hosts: [INSTANCE, OTHER] })] },
  session: EMPTY_SESSION,
  guarded: [],
  ctStates: [],
};
const instance = setGuard(empty, INSTANCE, true);
const tells = (state: State, text: string, at = AT): State =>
  noteVersion(state, { address: INSTANCE, text, at, from: "remote" });
const listed = (id: string, more: Partial<Advisory> = {}): Advisory => ({
  ...{ id, aliases: [], summary: "Somebody may", link: "https://osv.dev/", shipped: false, blocks: true },
  ranges: [{ fixed: "2026.12.1" }],
  ...more,
});
const lists = (state: State, ...advisories: Advisory[]): State =>
  noteFeed(setFeed(state, true, AT), { ok: true, value: { advisories, unread: 0 } }, AT);
const overrides = (state: State): State => {
  const advice = adviceAt(state, INSTANCE);
  const ids = (advice?.advisories ?? []).map(({ id }) => id);
  return override(state, INSTANCE, advice?.seen.text ?? "", ids, AT + 1);
};
const events = (state: State): string[] =>
  versionsOf(state).history.map(({ event, ids }) => [event, ...ids].join(" ").slice(0, 40));
const guard = (state: State): string => guardAt(state, INSTANCE, false, 1, AT);

describe("what a version means", () => {
  const MEANS: [text: string, guard: string, title: boolean, understood: boolean][] = [
    ["2021.1.4", "insecure", true, true],
    ["2021.1.5", "insecure", true, true],
    ["2023.3.2", "on", true, true],
    ["2026.11.2", "on", false, true],
    ["garbage", "on", false, false],
  ];
  it.each(MEANS)("%s: Guard is %s, the title says so: %s", (text, expected, says, understood) => {
    const state = tells(instance, text);
    const advice = adviceAt(state, INSTANCE);
    expect(guard(state)).toBe(expected);
    expect(advice?.understood).toBe(understood);
    const buttonState = withVersion(buttonStateOf({ kind: "not-yet" }, []), advice);
    expect(buttonState.insecure).toEqual(says ? text : undefined);
  });

  it("holds for every address of the instance, and for no other", () => {
    const state = tells(instance, "2021.1.4");
    expect(isInsecure(state, OTHER)).toBe(true);
    expect(isInsecure(state, "else.ui.nabu.casa" as Address)).toBe(false);
  });

  it.each([
    ["is not pinned", { ...EMPTY_STORED_STATE }],
    ["has never shown its pin", { ...EMPTY_STORED_STATE, pins: [told("1")] }],
  ])("is nothing where the instance %s", (_, stored) => {
    const state = { ...tells(instance, "2021.1.4"), stored };
    expect(adviceAt(state, INSTANCE)).toBeUndefined();
    expect(tells({ ...instance, stored }, "2021.1.4").versions).toBeUndefined();
  });

  it("closes nothing without Guard, and quarantine goes before it", () => {
    expect(guard(tells(empty, "2021.1.4"))).toBe("off");
    const attacked = observe(tells(instance, "2021.1.4"), seenTls(certificate("2", "X"), { at: AT })).state;
    expect(guard(attacked)).toBe("quarantine");
  });
});

const insecure = tells(instance, "2021.1.5");
const overridden = overrides(insecure);

describe("an override", () => {
  it("opens what was shown, and is in the history", () => {
    expect(guard(overridden)).toBe("on");
    expect(adviceAt(overridden, INSTANCE)?.overridden).toBe(true);
    expect(events(overridden)[1]).toMatch(/^overridden CVE-2023-27482/u);
    expect(guardAt(overridden, OTHER, false, 1, AT)).toBe("on");
  });

  it.each([
    ["another version", "2021.1.4", ["CVE-2023-27482"]],
    ["fewer advisories", "2021.1.5", ["CVE-2023-27482"]],
    ["none", "2021.1.5", []],
  ])("is refused for %s than what is known", (_, text, ids) => {
    expect(override(insecure, INSTANCE, text, ids, AT)).toBe(insecure);
  });

  it("is refused where nothing blocks", () => {
    const state = tells(instance, "2024.3.3");
    expect(overrides(state)).toBe(state);
  });

  const NEW = listed("GHSA-new");
  const OWN = listed("GHSA-own", { ranges: [{ fixed: "2026.12.1" }] });
  const ownOnly = overrides(lists(tells(instance, "2026.11.2"), OWN));
  const LIFE: [what: string, state: State, guard: string, last: string][] = [
    ["a new advisory re-arms, and says which", lists(overridden, NEW), "insecure", "re-armed GHSA-new"],
    [
      "one that does not block re-arms, too",
      lists(overridden, listed("GHSA-new", { blocks: false })),
      "insecure",
      "re-armed GHSA-new",
    ],
    [
      "a new one for other versions does not",
      lists(overridden, { ...NEW, ranges: [{ introduced: "2026.1.0" }] }),
      "on",
      "",
    ],
    [
      "a range that is widened to this version re-arms",
      lists(overridden, listed("CVE-2025-62172")),
      "insecure",
      "re-armed CVE-2025-62172",
    ],
    ["a range that changes and covers it as before does not", lists(overridden, listed("CVE-2023-27482")), "on", ""],
    [
      "a new name for a known one does not",
      lists(overridden, listed("PYSEC-1", { aliases: ["CVE-2023-27482"] })),
      "on",
      "",
    ],
    [
      "one that is withdrawn there stays, and so does the override",
      lists(overridden, listed("CVE-2023-27482", { withdrawn: "2026" })),
      "on",
      "",
    ],
    [
      "withdrawn again after it re-armed, it stays on",
      lists(lists(overridden, NEW), { ...NEW, withdrawn: "2026" }),
      "insecure",
      "re-armed GHSA-new",
    ],
    ["the same version again changes nothing", tells(overridden, "2021.1.5", AT + DAY), "on", ""],
    ["a newer version that blocks, too, re-arms", tells(overridden, "2022.1.0", AT + DAY), "insecure", "re-armed"],
    ["an older version re-arms", tells(overridden, "2021.1.4", AT + DAY), "insecure", "re-armed NABUCASA-2021-01-23"],
    [
      "a version that is not understood re-arms, but blocks nothing",
      tells(overridden, "garbage", AT + DAY),
      "on",
      "re-armed",
    ],
    [
      "and the old version after it finds the protection on",
      tells(tells(overridden, "garbage", AT + DAY), "2021.1.5", AT + 2 * DAY),
      "insecure",
      "reported",
    ],
    ["an update that clears all ends it", tells(overridden, "2026.11.2", AT + DAY), "on", "cleared"],
    [
      "and going back finds the protection on",
      tells(tells(overridden, "2026.11.2", AT + DAY), "2021.1.5", AT + 2 * DAY),
      "insecure",
      "reported",
    ],
    ["taken back by the user", protectAgain(overridden, INSTANCE, AT + 2), "insecure", "taken-back"],
    [
      "of one that only the list had, withdrawn: it ends",
      lists(ownOnly, { ...OWN, withdrawn: "2026" }),
      "on",
      "cleared",
    ],
    ["the list refused, and with it what it alone had", setFeed(ownOnly, false, AT + 2), "on", "cleared"],
    [
      "the list could not be had: nothing changes",
      noteFeed(ownOnly, { ok: false, error: "feed-unreachable" }, AT + 2),
      "on",
      "",
    ],
    [
      "a store that is damaged: the version is not known, and asked anew",
      { ...overridden, versions: "unknown" },
      "on",
      "",
    ],
    [
      "and told again: the protection is on, and the history says why",
      tells({ ...overridden, versions: "unknown" }, "2021.1.5"),
      "insecure",
      "reported",
    ],
    [
      "the book of pins begun anew, with the same pins",
      { ...startAgain(overridden), stored: overridden.stored, guarded: overridden.guarded },
      "on",
      "",
    ],
  ];
  it.each(LIFE)("%s", (_, state, expected, last) => {
    expect(guard(state)).toBe(expected);
    if (last === "") expect(events(state).at(-1) ?? "overridden").toMatch(/^overridden/u);
    else expect(events(state).at(-1)).toContain(last);
  });

  it("says on the screen what it is on again for, until the user decides anew", () => {
    const state = lists(overridden, NEW);
    expect(adviceAt(state, INSTANCE)?.override?.ended?.ids).toEqual(["GHSA-new"]);
    const again = overrides(state);
    expect(guard(again)).toBe("on");
    expect(versionsOf(again).overrides).toHaveLength(1);
  });

  it("asks an instance whose version was lost again soon, until it has told one", () => {
    const lost = noteUntold({ ...instance, versions: "unknown" }, INSTANCE, "version-late", AT);
    const sight = { private: false, privateAllowed: true, origins: [] };
    expect(viewOf(lost, INSTANCE, sight).versionsLost).toBe(true);
    expect(overdueAt(lost, AT + 10 * 60_000)).toEqual([INSTANCE]);
    const told = tells(lost, "2021.1.5");
    expect(viewOf(told, INSTANCE, sight).versionsLost).toBe(false);
    expect(versionsOf(told).lost).toBeUndefined();
    expect(overdueAt(told, AT + 10 * 60_000)).toEqual([]);
  });

  it("tells damage from emptiness in the history", () => {
    expect(events(tells({ ...instance, versions: "unknown" }, "2021.1.5"))).toEqual(["damaged", "reported"]);
    expect(events(insecure)).toEqual(["reported"]);
  });
});

describe("what the local page tells", () => {
  const atHome = (state: State, text: string): State =>
    noteHomeVersion(state, { address: INSTANCE, text, at: AT + 5, from: "home" });

  it("fills a gap, and is taken over by what the instance itself tells", () => {
    const state = atHome(instance, "2021.1.5");
    expect(adviceAt(state, INSTANCE)?.seen).toMatchObject({ text: "2021.1.5", from: "home" });
    expect(adviceAt(tells(state, "2026.11.2", AT + 6), INSTANCE)?.seen).toMatchObject({
      text: "2026.11.2",
      from: "remote",
    });
  });

  it("neither lifts a block nor makes one: it has the instance asked again", () => {
    const asked = noteAsked(insecure, { address: INSTANCE, at: AT });
    const state = atHome(asked, "2026.11.2");
    expect(guard(state)).toBe("insecure");
    expect(askedAt(asked, INSTANCE)).toBeDefined();
    expect(askedAt(state, INSTANCE)).toBeUndefined();
    expect(guard(atHome(tells(instance, "2026.11.2"), "2021.1.4"))).toBe("on");
    expect(atHome(asked, "2021.1.5")).toBe(asked);
  });
});

describe("the user is told", () => {
  it("once of each advisory that blocks", () => {
    const [once, alarms] = takeAlarms(insecure, AT);
    expect(alarms).toMatchObject([
      { address: INSTANCE, text: "2021.1.5", fix: { from: "2026.7.0" }, advisories: [{ id: "CVE-2023-27482" }] },
    ]);
    expect(takeAlarms(once, AT)).toEqual([once, []]);
    expect(takeAlarms(tells(once, "2021.1.5", AT + DAY), AT)[1]).toEqual([]);
    expect(takeAlarms(lists(once, listed("PYSEC-1", { aliases: ["CVE-2023-27482"] })), AT)[1]).toEqual([]);
    expect(takeAlarms(lists(once, listed("GHSA-new")), AT)[1]).toMatchObject([{ advisories: [{ id: "GHSA-new" }] }]);
  });

  it("not of those that do not block", () => {
    expect(takeAlarms(tells(instance, "2024.3.3"), AT)[1]).toEqual([]);
  });
});

describe("the list of osv.dev", () => {
  it("is asked on consent only, at most once a day", () => {
    expect(isFeedDue(versionsOf(instance).feed, AT)).toBe(false);
    const on = setFeed(instance, true, AT);
    expect(isFeedDue(versionsOf(on).feed, AT)).toBe(true);
    const tried = noteFeedTried(on, AT);
    expect(isFeedDue(versionsOf(tried).feed, AT + DAY - 1)).toBe(false);
    expect(isFeedDue(versionsOf(tried).feed, AT + DAY)).toBe(true);
    expect(isFeedDue(versionsOf(setFeed(tried, false, AT)).feed, AT + DAY)).toBe(false);
  });

  it("keeps its last good answer with its age through a failure, and forgets the failure after the next", () => {
    const good = lists(instance, listed("GHSA-new"));
    const failed = noteFeed(good, { ok: false, error: "feed-refused" }, AT + DAY);
    expect(versionsOf(failed).feed).toMatchObject({
      at: AT,
      failure: "feed-refused",
      advisories: [{ id: "GHSA-new" }],
    });
    expect(versionsOf(lists(failed, listed("GHSA-2"))).feed.failure).toBeUndefined();
  });

  it("is not taken where consent has ended meanwhile", () => {
    const off = setFeed(instance, false, AT);
    const late = noteFeed(off, { ok: true, value: { advisories: [listed("GHSA-new")], unread: 0 } }, AT);
    expect(versionsOf(late).feed.advisories).toEqual([]);
  });
});
