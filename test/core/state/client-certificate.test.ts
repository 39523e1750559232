import { expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { noteCertificate, wantsCertificate } from "../../../src/core/state/client-certificate";
import { EMPTY_STORED_STATE, EMPTY_SESSION, SESSION, type State } from "../../../src/core/state/state";
import { isAmber } from "../../../src/core/view/button-state";
import { INSTANCE } from "../samples";

const OTHER = "other.ui.nabu.casa" as Address;
const state: State = { stored: EMPTY_STORED_STATE, session: EMPTY_SESSION, guarded: [], ctStates: [] };

it.each([true, false, undefined])("is %s for the instance alone, and as long as the browser runs", (isWanted) => {
  const noted = noteCertificate(noteCertificate(state, INSTANCE, isWanted === false), INSTANCE, isWanted);
  expect([wantsCertificate(noted, INSTANCE), wantsCertificate(noted, OTHER)]).toEqual([isWanted, undefined]);
  expect(noteCertificate(noted, INSTANCE, isWanted)).toBe(noted);
  expect(SESSION.parse(noted.session)).toEqual(noted.session);
  expect(noted.stored).toBe(state.stored);
});

it("loads a session that was written before it was known", () => {
  expect(SESSION.parse(EMPTY_SESSION)).toEqual(EMPTY_SESSION);
});

it("is no suspicion", () => {
  expect(isAmber("client-certificate")).toBe(false);
});
