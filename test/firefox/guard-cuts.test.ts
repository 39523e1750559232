// An attacker who passes everything on and cuts the connection, at every stage and in both ways, and may take the next
// one.
import { describe, expect, it } from "vitest";
import { z } from "zod/mini";
import { isRed } from "../../src/core/incident/verdict";
import { SESSION } from "../../src/core/state/state";
import { attack } from "../lab/attacker";
import { cutAt, type Manner, type Stage, STAGES } from "../lab/cuts";
import type { Instance } from "../lab/lab";
import { firefox, lab, useBrowser } from "./browser";
import { closeIncidents, incidents, openInstance, post } from "./guarded";
import { insiderDo } from "./insider";

useBrowser();

const STORED = z.object({ session: SESSION });
/** Why the instance's last connection check failed. */
const failure = async ({ host }: Instance): Promise<string | undefined> => {
  const { session } = STORED.parse(await insiderDo(firefox, "browser.storage.session.get('session')"));
  return session.ordinary.failures.find(({ address }) => address === host)?.reason;
};

/** Before the browser's last message of the handshake, no one can have read anything. */
const REASONS: Readonly<Record<Stage, "unreachable" | "cut-off">> = {
  hello: "unreachable",
  handshake: "unreachable",
  finished: "cut-off",
  request: "cut-off",
  answer: "cut-off",
  part: "cut-off",
};

describe.each<Manner>(["reset", "close"])("cut by %s", (manner) => {
  it.each(STAGES)(
    "at %s: says what it was, without a red warning, and gives nothing to an attacker who takes the next connection",
    async (stage) => {
      const { instance, page } = await openInstance(lab, firefox, true);
      await attack(lab, instance, cutAt(stage, manner, "cut"));
      instance.received.length = 0;
      expect(await post(page)).toBe("stopped");
      expect(await failure(instance)).toBe(REASONS[stage]);
      const seen = await incidents(firefox, instance);
      expect(seen.map(({ verdict }) => verdict)).toEqual(
        REASONS[stage] === "cut-off" ? [{ kind: "unanswered", carried: "probe" }] : [],
      );
      expect(instance.received.filter(({ path }) => path === "/auth/token")).toEqual([]);
      instance.attacker = undefined;
      instance.dropConnections();
      if (seen.length > 0) await closeIncidents(firefox, instance);

      const loot = await attack(lab, instance, cutAt(stage, manner, "take"));
      expect(await post(page)).toBe("stopped");
      expect(loot.secrets()).toBe(0);
      // If the attacker did take one, the warning is red.
      if (loot.requests() > 0)
        expect((await incidents(firefox, instance)).some(({ verdict }) => isRed(verdict))).toBe(true);
      await page.close();
    },
  );
});
