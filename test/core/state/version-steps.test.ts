import { describe, expect, it } from "vitest";
import { adviceAt, askedAt, versionsOf, isInsecure } from "../../../src/core/state/version-advice";
import { observe, closeIncident } from "../../../src/core/state/reduce";
import { type State, EMPTY_STORED_STATE } from "../../../src/core/state/state";
import type { Address } from "../../../src/core/address";
import {
  isFeedDue,
  noteAsked,
  noteFeed,
  noteFeedTried,
  noteLocalVersion,
  noteVersion,
  setFeed,
  takeAlarms,
  dueAt,
  overdueAt,
  noteUntold,
} from "../../../src/core/state/version-steps";
import { confirmed, INSTANCE, certificate, seenTls, unconfirmed, sha1 } from "../samples";
import { AT, DAY, guard, instance, listed, lists, pinned, reports } from "./reported-version";
import { keyOf, type Incident } from "../../../src/core/incident/incident";
import { unpin } from "../../../src/core/state/pins";

const insecure = reports(instance, "2021.1.5");

describe("a version from the local page", () => {
  const atHome = (state: State, text: string): State =>
    noteLocalVersion(state, { address: INSTANCE, text, at: AT + 5, from: "home" });

  it("fills a gap, and gives way to the version that the instance itself reports", () => {
    const state = atHome(instance, "2021.1.5");
    expect(adviceAt(state, INSTANCE)?.seen).toMatchObject({ text: "2021.1.5", from: "home" });
    expect(adviceAt(reports(state, "2026.11.2", AT + 6), INSTANCE)?.seen).toMatchObject({
      text: "2026.11.2",
      from: "remote",
    });
  });

  it("neither lifts a block nor makes one: Latchkey asks the instance again", () => {
    const asked = noteAsked(insecure, { address: INSTANCE, at: AT });
    const state = atHome(asked, "2026.11.2");
    expect(guard(state)).toBe("insecure");
    expect(askedAt(asked, INSTANCE)).toBeDefined();
    expect(askedAt(state, INSTANCE)).toBeUndefined();
    expect(guard(atHome(reports(instance, "2026.11.2"), "2021.1.4"))).toBe("on");
    expect(atHome(asked, "2021.1.5")).toBe(asked);
  });
});

describe("notifies you", () => {
  it("once about each advisory that blocks", () => {
    const [once, alarms] = takeAlarms(insecure, AT);
    expect(alarms).toMatchObject([
      { address: INSTANCE, text: "2021.1.5", fix: { from: "2026.7.0" }, advisories: [{ id: "CVE-2023-27482" }] },
    ]);
    expect(takeAlarms(once, AT)).toEqual([once, []]);
    expect(takeAlarms(reports(once, "2021.1.5", AT + DAY), AT)[1]).toEqual([]);
    expect(takeAlarms(lists(once, listed("PYSEC-1", { aliases: ["CVE-2023-27482"] })), AT)[1]).toEqual([]);
    expect(takeAlarms(lists(once, listed("GHSA-new")), AT)[1]).toMatchObject([{ advisories: [{ id: "GHSA-new" }] }]);
  });

  it("not about one that doesn't block", () => {
    expect(takeAlarms(reports(instance, "2024.3.3"), AT)[1]).toEqual([]);
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

  it("is not taken if your consent has ended meanwhile", () => {
    const off = setFeed(instance, false, AT);
    const late = noteFeed(off, { ok: true, value: { advisories: [listed("GHSA-new")], unread: 0 } }, AT);
    expect(versionsOf(late).feed.advisories).toEqual([]);
  });
});

describe("asks an instance for its version", () => {
  const leaf = certificate("1", "K");
  const shows = (state: State, more: Parameters<typeof seenTls>[1] = {}, of = leaf): State =>
    observe(state, seenTls(of, { at: AT, probe: "fresh", ...more })).state;
  const asked = (state: State, at: number): State => noteAsked(state, { address: INSTANCE, at, leaf: leaf.sha256 });

  const closed = (state: State): State =>
    closeIncident(state, keyOf(state.stored.incidents[0] as Incident), "done", AT);

  const DUE: [what: string, state: State, due: boolean][] = [
    ["just shown by a fresh connection", shows(pinned), true],
    ["not checked yet", pinned, false],
    ["seen, but not on a connection of our own", shows(pinned, { probe: "reused" }), false],
    ["checked too long ago", shows(pinned, { at: AT - 2 * 60_000 }), false],
    ["asked today", asked(shows(pinned), AT - DAY + 2), false],
    ["asked yesterday", asked(shows(pinned), AT - DAY + 1), true],
    ["asked today, and renewed since", asked(shows(pinned, {}, certificate("3", "K")), AT - 1), true],
    ["shown in a private window", shows(pinned, { private: true }), false],
    ["seen in a page alone", observe(pinned, seenTls(leaf, { at: AT })).state, false],
    [
      "someone else's answer was the last, and its warning is closed",
      closed(shows(pinned, {}, certificate("2", "X"))),
      false,
    ],
    ["someone else answers", shows(pinned, {}, certificate("2", "X")), false],
    [
      "someone else answered, and the warning is still open",
      shows(shows(pinned, {}, certificate("2", "X")), { at: AT + 1 }),
      false,
    ],
    ["never confirmed", { ...shows(pinned), stored: { ...EMPTY_STORED_STATE, pins: [unconfirmed("1")] } }, false],
    ["not pinned any more", unpin(shows(pinned), INSTANCE, sha1("1")), false],
    ["the saved pins are damaged", { ...shows(pinned), damage: "torn" }, false],
    ["the saved versions are damaged", { ...asked(shows(pinned), AT - 1), versions: "unknown" }, true],
  ];
  it.each(DUE)("%s", (_, state, due) => {
    expect(dueAt(state, AT + 1).map(({ address }) => address)).toEqual(due ? [INSTANCE] : []);
  });

  it("checks the connection by itself if nothing has for a day", () => {
    expect(overdueAt(pinned, AT)).toEqual([INSTANCE]);
    expect(overdueAt(asked(pinned, AT), AT + DAY - 1)).toEqual([]);
    expect(overdueAt(asked(pinned, AT), AT + DAY)).toEqual([INSTANCE]);
    expect(overdueAt(shows(pinned, {}, certificate("2", "X")), AT)).toEqual([]);
  });

  it("keeps the last version if the instance reports none now, and says why", () => {
    const state = noteUntold(asked(reports(pinned, "2021.1.5"), AT), INSTANCE, "version-late", AT + 1);
    expect(askedAt(state, INSTANCE)).toMatchObject({ at: AT, untold: "version-late" });
    expect(isInsecure(state, INSTANCE)).toBe(true);
  });

  it("keeps nothing of an instance that is no longer pinned", () => {
    const away = "gone.ui.nabu.casa" as Address;
    const two = {
      ...pinned,
      stored: { ...EMPTY_STORED_STATE, pins: [...pinned.stored.pins, confirmed("4", "L", { hosts: [away] })] },
    };
    const both = noteVersion(reports(two, "2021.1.5"), { address: away, text: "2021.1.5", at: AT, from: "remote" });
    const state = reports({ ...both, stored: pinned.stored }, "2021.1.5");
    expect(versionsOf(state).seen.map(({ address }) => address)).toEqual([INSTANCE]);
  });
});
