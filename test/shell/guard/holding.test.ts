// What becomes of a held request when its check is over.
import "../newer";
import { beforeEach, describe, expect, it } from "vitest";
import { headSize } from "../../../src/core/probe/probe";
import { DIRECT } from "../../../src/core/probe/route";
import type { GuardState } from "../../../src/core/state/guard";
import { createEventBatches } from "../../../src/shell/event-batch";
import { createConnections } from "../../../src/shell/guard/connections";
import type { Sending } from "../../../src/shell/guard/details";
import type { Secret, Stop } from "../../../src/shell/guard/held-request";
import { createHolding, type Holding } from "../../../src/shell/guard/holding";
import { createStore } from "../../../src/shell/storage/store";
import { INSTANCE } from "../../core/samples";
import { area, nothing } from "../storage/area";
import { openGate } from "./held-secret";

const SENDING = {
  requestId: "7",
  method: "POST",
  url: `https://${INSTANCE}/auth/token`,
  type: "xmlhttprequest",
  tabId: 1,
  requestHeaders: [
    { name: "Content-Length", value: "9" },
    { name: "Referer", value: `https://${INSTANCE}/lovelace/0` },
  ],
} as unknown as Sending;
const BLOCKED = { cancel: true };

let holding: Holding;
/** How its check ends. */
let check: (secret: Secret) => Promise<Stop | undefined>;
let guard: GuardState;
let blocked: string[];

beforeEach(() => {
  guard = "on";
  blocked = [];
  const store = createStore(area(), area(), nothing);
  holding = createHolding(
    store,
    createConnections(store),
    { hold: (secret) => check(secret) },
    () => guard,
    (_details, _address, why) => {
      blocked.push(why);
      return BLOCKED;
    },
  );
});

const hold = () => holding.hold(SENDING, INSTANCE, "login", DIRECT, createEventBatches()());
const leave = (secret: Secret): void => {
  secret.leaveThrough(openGate());
};

describe("a held request", () => {
  it("leaves through its gate, as long as a probe, without its page's address, and ends its connection", async () => {
    check = async (secret) => {
      secret.padTo(1024);
      await Promise.resolve();
      leave(secret);
      return undefined;
    };
    const { requestHeaders: headers = [] } = await hold();
    expect(headSize({ ...SENDING, headers })).toBe(1024);
    expect(headers).toContainEqual({ name: "Connection", value: "close" });
    expect(headers).toContainEqual({ name: "Referer", value: `https://${INSTANCE}/` });
    expect(blocked).toEqual([]);
  });

  it("is blocked if nothing says why it may not leave, and no gate lets it", async () => {
    check = () => Promise.resolve(undefined);
    expect([await hold(), blocked]).toEqual([BLOCKED, ["check-failed"]]);
  });

  it.each(["late", "quarantine", "inconclusive"] as const)("is blocked with the reason: %s", async (why) => {
    check = () => Promise.resolve(why);
    expect([await hold(), blocked]).toEqual([BLOCKED, [why]]);
  });

  it("ends without a word if its page has given it up", async () => {
    check = () => Promise.resolve("given-up");
    expect([await hold(), blocked]).toEqual([{ cancel: true }, []]);
  });

  it("is blocked if a warning opens while its probes arrive", async () => {
    check = async (secret) => {
      await Promise.resolve();
      guard = "quarantine";
      expect(secret.mayLeave()).toBe("quarantine");
      leave(secret);
      return undefined;
    };
    expect([await hold(), blocked]).toEqual([BLOCKED, ["quarantine"]]);
  });
});
