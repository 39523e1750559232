import type { Address } from "../../core/address";
import { ctStateIn, type Failure, type Setback } from "../../core/ct/ct-state";
import { parseIssuances, type AnswerError } from "../../core/ct/issuance";
import { advance, beginAfter, urlOf, type Cursor } from "../../core/ct/paging";
import { CERT_SPOTTER } from "../../core/hosts";
import { activeMonitors, answered, begun, failed } from "../../core/state/ct-reduce";
import type { Store } from "../storage/store";
import { askLog, hasConsent } from "./ct-log";
import type { LoggedCertificates } from "./logged-certificates";

/** How far a query has come. */
export interface Progress {
  readonly pages: number;
  readonly found: number;
}

export interface LogQueries {
  /** Asks about one instance now, and records the result. Does nothing if a query for it is running. */
  readonly run: (address: Address) => Promise<void>;
  /** Whether an instance is to be asked about: monitoring is on, and its pin has matched at least once. */
  readonly isActive: (address: Address) => Promise<boolean>;
  /** Resolves when the query that runs now is over; `undefined` if none runs. */
  readonly ended: (address: Address) => Promise<void> | undefined;
  readonly progress: (address: Address) => Progress | undefined;
}

/** How a response that can't be read is recorded. */
export const READ_AS: Readonly<Record<AnswerError, Setback>> = {
  "not-json": "cut-off",
  "too-deep": "too-deep",
  malformed: "malformed",
};

/** Reads what the logs list for an instance, page by page, from where the last query ended. */
export function createLogQueries(store: Store, certificates: LoggedCertificates): LogQueries {
  const running = new Map<Address, { promise: Promise<void>; progress: Progress }>();

  const isActive = async (address: Address): Promise<boolean> =>
    activeMonitors(await store.read()).some((ctState) => ctState.address === address);

  /** @returns why it did not reach the end of the list */
  const read = async (address: Address, at: number): Promise<Failure | undefined> => {
    if (!(await hasConsent(CERT_SPOTTER))) return { at, reason: "permission-gone" };
    await store.change((state) => begun(state, address, at, Math.random()));
    let known = await certificates.saved(address);
    let cursor: Cursor = beginAfter(address, ctStateIn((await store.read()).ctStates, address)?.lastId);
    // If the user switches monitoring off meanwhile, or the pin changes, it sends nothing more. The next run continues
    // here.
    while (await isActive(address)) {
      const answer = await askLog(urlOf(cursor), "application/json");
      if (!answer.ok) return answer.error;
      const page = parseIssuances(answer.value, at);
      if (!page.ok) return { at: Date.now(), reason: READ_AS[page.error] };
      const ids = page.value.map(({ id }) => id);
      const step = advance(cursor, ids);
      const lastId = "cursor" in step ? step.cursor.after : undefined;
      const { issuances, isFull } = await certificates.takeIn({ address, known, found: page.value, lastId, at });
      known = issuances;
      const now = running.get(address);
      if (now !== undefined) now.progress = { pages: cursor.pages + 1, found: issuances.length };
      if (isFull) return { at: Date.now(), reason: "too-many" };
      if (step.kind === "done") {
        if (await isActive(address)) await store.change((state) => answered(state, address, Date.now(), Math.random()));
        return undefined;
      }
      if (step.kind !== "next") return { at: Date.now(), reason: step.kind };
      cursor = step.cursor;
    }
    return undefined;
  };

  return {
    isActive,
    run: async (address) => {
      const under = running.get(address);
      if (under !== undefined) {
        await under.promise;
        return;
      }
      const promise = read(address, Date.now())
        .finally(() => running.delete(address))
        .then(async (failure) => {
          if (failure !== undefined) await store.change((state) => failed(state, address, failure, Math.random()));
        });
      running.set(address, { promise, progress: { pages: 0, found: 0 } });
      await promise;
    },
    ended: (address) => running.get(address)?.promise,
    progress: (address) => running.get(address)?.progress,
  };
}
