import * as z from "zod/mini";
import { ADDRESS } from "../../core/address";
import { certificateUrl, parseOpinion, secondOpinionUrl } from "../../core/ct/crt-sh";
import { ISSUANCE } from "../../core/ct/issuance";
import { CRT_SH } from "../../core/hosts";
import { err, ok } from "../../core/result";
import { askLog, hasConsent, withdrawSecond } from "../ct/ct-log";
import type { CtMonitor } from "../ct/ct-monitor";
import { READ_AS } from "../ct/log-queries";
import type { Handlers } from "./messages";

type SecondOpinionHandlers = Pick<Handlers, "ct.second-opinion" | "ct.second-end" | "ct.add" | "ct.fetch">;

/** What the page of the certificate logs may ask a second log service for, once, when the user clicks. */
export const createSecondOpinionHandlers = (ctMonitor: CtMonitor): SecondOpinionHandlers => ({
  "ct.second-opinion": {
    schema: z.strictObject({ address: ADDRESS }),
    run: async ({ address }) => {
      const at = Date.now();
      if (!(await hasConsent(CRT_SH))) return err({ at, reason: "permission-gone" });
      const answer = await askLog(secondOpinionUrl(address), "application/json");
      if (!answer.ok) return answer;
      const read = parseOpinion(answer.value);
      return read.ok ? ok(read.value) : err({ at, reason: READ_AS[read.error] });
    },
  },

  "ct.second-end": {
    schema: z.strictObject({}),
    run: async () => {
      await withdrawSecond();
      await ctMonitor.withdrawUnused();
      return null;
    },
  },

  "ct.add": {
    schema: z.strictObject({ address: ADDRESS, issuances: z.array(ISSUANCE) }),
    run: async ({ address, issuances }) => {
      await ctMonitor.add(address, issuances);
      return null;
    },
  },

  "ct.fetch": {
    schema: z.strictObject({ id: z.int() }),
    run: async ({ id }) =>
      (await hasConsent(CRT_SH)) ? askLog(certificateUrl(id)) : err({ at: Date.now(), reason: "permission-gone" }),
  },
});
