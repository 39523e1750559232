import { expect, it } from "vitest";
import type { Address } from "../../../src/core/address";
import { noteCertificate, wantsCertificate } from "../../../src/core/state/client-certificate";
import { EMPTY_SESSION, SESSION } from "../../../src/core/state/state";
import { isAmber } from "../../../src/core/view/button-state";
import { INSTANCE, confirmed, stateOf } from "../samples";
import { MAX_ENTRIES } from "../../../src/core/bounds";
import { other } from "../crowd";

const OTHER = "other.ui.nabu.casa" as Address;
const state = stateOf([]);

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

it("isn't suspicious", () => {
  expect(isAmber("client-certificate")).toBe(false);
});
const pinned = stateOf([confirmed("1", "K")]);

it("remembers the client certificate of a pinned address, even if many others ask for one", () => {
  let state = noteCertificate(pinned, INSTANCE, true);
  for (let index = 0; index < 3 * MAX_ENTRIES; index++) state = noteCertificate(state, other(index), true);
  expect(state.session.clientCertificates).toHaveLength(MAX_ENTRIES);
  expect(wantsCertificate(state, INSTANCE)).toBe(true);
});
