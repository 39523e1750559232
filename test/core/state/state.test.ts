import { it, expect } from "vitest";
import { leanSession, SESSION } from "../../../src/core/state/state";
import { confirmed, seenTls, certificate, INSTANCE, stateOf } from "../samples";
import { after, intercepted } from "../crowd";

const pinned = stateOf([confirmed("1", "K")]);
const own = seenTls(certificate("1", "K"), { chain: ["leaf", "root"] });

it("leaves checks and evidence out of a session that is too large, and nothing else", () => {
  const full = after(pinned, own, intercepted(INSTANCE, { private: true }));
  const lean = leanSession(full.session);
  expect(lean.ordinary.checks).toEqual([]);
  expect(lean.privateStored.incidents).toMatchObject([{ address: INSTANCE, samples: [{ chain: [] }] }]);
  expect(SESSION.safeParse(lean).success).toBe(true);
});
