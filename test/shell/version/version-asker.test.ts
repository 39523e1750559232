import "../newer";
import { expect, it, vi } from "vitest";
import type { Outcome } from "../../../src/core/probe/probe-outcome";
import { createStore } from "../../../src/shell/storage/store";
import { createVersionAsker } from "../../../src/shell/version/version-asker";
import { INSTANCE, sha1 } from "../../core/samples";
import { area, nothing } from "../storage/area";

vi.mock("webextension-polyfill", () => ({ default: {} }));

const OURS: Outcome = {
  kind: "judged",
  verdict: { kind: "match", pin: sha1("1") },
  isInconclusive: false,
  from: "tab",
};

it("checks whenever you ask it to, also while the instance hasn't reported its version", async () => {
  const probe = vi.fn(() => Promise.resolve(OURS));
  const mayOpenSocket = vi.fn(() => new Promise<never>(nothing));
  const asker = createVersionAsker(
    createStore(area(), area(), nothing),
    { mayOpenSocket, expectSocket: vi.fn() },
    { probe },
    { insecure: vi.fn() },
  );
  void asker.ask(INSTANCE);
  await vi.waitFor(() => {
    expect(mayOpenSocket).toHaveBeenCalledTimes(1);
  });
  await asker.ask(INSTANCE);
  expect(probe).toHaveBeenCalledTimes(2);
  expect(mayOpenSocket).toHaveBeenCalledTimes(1);
});
