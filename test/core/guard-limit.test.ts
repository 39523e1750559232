import { describe, expect, it } from "vitest";
import {
  acceptFirefox,
  guardLimit,
  guardLimitAt,
  isFirefoxKnown,
  noteFirefox,
  noteLimit,
  PROVEN_FIREFOX,
} from "../../src/core/guard-limit";
import { observe, setGuard } from "../../src/core/reduce";
import { statusAt } from "../../src/core/status";
import { EMPTY_BOOK, EMPTY_SESSION, type State } from "../../src/core/state";
import { certificate, confirmed, HOUSE, seenTls } from "./samples";

const watched: State = {
  ...{ book: { ...EMPTY_BOOK, pins: [confirmed("1", "K")] }, session: EMPTY_SESSION },
  ...{ guarded: [], records: [] },
};
const guarded = setGuard(watched, HOUSE, true);

const { oldest, newest } = PROVEN_FIREFOX;
it.each<[version: string | undefined, isKnown: boolean]>([
  [`${String(oldest)}.7.0`, true],
  [`${String(newest)}.0.1`, true],
  [`${String(newest + 1)}.0`, false],
  [`${String(oldest - 1)}.0`, false],
  ["", false],
  ["a fork", false],
  [undefined, false],
])("Guard works with Firefox %s: %s", (version, isKnown) => {
  const state = noteFirefox(guarded, version);
  expect(isFirefoxKnown(state)).toBe(isKnown);
  expect(guardLimit(state, false)).toBe(isKnown ? undefined : "unproven-firefox");
});

describe("a version that nobody has tested", () => {
  const untested = noteFirefox(guarded, `${String(newest + 1)}.0`);
  it("is one that the user may accept, until the next", () => {
    const accepted = acceptFirefox(untested);
    expect(isFirefoxKnown(accepted)).toBe(true);
    expect(isFirefoxKnown(noteFirefox(accepted, `${String(newest + 2)}.0`))).toBe(false);
  });
  it("is no matter where Guard is off", () => {
    expect(guardLimitAt({ ...untested, guarded: [] }, HOUSE, false)).toBeUndefined();
    expect(guardLimitAt(untested, HOUSE, false)).toBe("unproven-firefox");
  });
});

describe("what a round tells of the browser", () => {
  const limited = noteLimit(guarded, "coarse-clock", false);
  const seen = seenTls(certificate("1", "K"), { at: 1_795_000_000_000 });
  const sight = { private: false, origins: ["*://*.ui.nabu.casa/*"] };
  it("is not green where Guard is on, whatever else is known of the connection", () => {
    expect(statusAt(observe(limited, seen).state, HOUSE, sight)).toMatchObject({
      kind: "checked",
      verdict: { kind: "unchecked", reason: "coarse-clock" },
    });
  });
  it("is no matter where Guard is off", () => {
    const off = { ...observe(limited, seen).state, guarded: [] };
    expect(statusAt(off, HOUSE, sight)).toMatchObject({ kind: "checked", verdict: { kind: "match" } });
  });
  it("holds for windows of its kind, until a round can check", () => {
    expect(guardLimit(limited, true)).toBeUndefined();
    expect(guardLimit(noteLimit(limited, undefined, false), false)).toBeUndefined();
    expect(noteLimit(limited, "coarse-clock", false)).toBe(limited);
  });
});
