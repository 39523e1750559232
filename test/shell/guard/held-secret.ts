import { DIRECT } from "../../../src/core/probe/route";
import type { Secret } from "../../../src/shell/guard/held-request";
import { createGate, type Gate } from "../../../src/shell/probe/gate";
import { INSTANCE } from "../../core/samples";

/** A POST with a lesser secret, in an ordinary window. It is never answered. */
export const secret = (address = INSTANCE, more: Partial<Secret> = {}): Secret => ({
  address,
  private: false,
  tabId: 1,
  pool: `${address} firefox-default`,
  route: DIRECT,
  method: "POST",
  isStream: false,
  sensitivity: "secret",
  size: 9,
  head: 500,
  padTo: () => undefined,
  leaveThrough: () => undefined,
  over: () => new Promise(() => undefined),
  mayLeave: () => undefined,
  ...more,
});

/** A gate that lets everything leave. */
export function openGate(): Gate {
  const gate = createGate(1);
  gate.open();
  return gate;
}
