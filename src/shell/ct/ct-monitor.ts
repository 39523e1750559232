import browser, { type Alarms } from "webextension-polyfill";
import type { Address } from "../../core/address";
import { parseIssuances, type AnswerError, type Issuance } from "../../core/ct/issuance";
import { CERT_SPOTTER } from "../../core/hosts";
import { advance, beginAfter, urlOf, type Cursor } from "../../core/ct/paging";
import { ctStateIn, type Failure, type Setback } from "../../core/ct/ct-state";
import {
  activeRecords,
  answered,
  begun,
  consentChanged,
  failed,
  forgetLastId,
  reclassify,
  takePage,
  withoutUnpinned,
  type Page,
  type Taken,
} from "../../core/state/ct-reduce";
import { isDue, OFFLINE_WAIT } from "../../core/schedule";
import type { State } from "../../core/state/state";
import type { Notifier } from "../ui/notifier";
import { askLog, hasConsent, withdrawConsent } from "./ct-log";
import type { CtStore } from "../storage/ct-store";
import type { Store } from "../storage/store";

const ALARM = "record";
/** How far a run has come. */
export interface Progress {
  readonly pages: number;
  readonly found: number;
}

export interface CtMonitor {
  readonly onAlarm: (alarm: Alarms.Alarm) => Promise<void>;
  /** Asks about every instance that is due, and sets the alarm for the next one. */
  readonly runDue: () => Promise<void>;
  /** Gives the permission back where no instance needs it, and sets the alarm anew. */
  readonly withdrawUnused: () => Promise<void>;
  /** Puts certificates into the record that another service told of. */
  readonly add: (address: Address, found: readonly Issuance[]) => Promise<void>;
  /** Sets the alarm for the next instance that is due. */
  readonly schedule: () => Promise<void>;
  /** Asks about one instance now, unless the service itself has said when. */
  readonly check: (address: Address) => Promise<void>;
  /** Asks where the consent is there now. */
  readonly onPermissionsChanged: () => Promise<void>;
  readonly progress: (address: Address) => Progress | undefined;
  /** The state has changed: where the pins have, whose each certificate is may have, too. */
  readonly onState: (state: State) => void;
}

export const READ_AS: Readonly<Record<AnswerError, Setback>> = {
  "not-json": "cut-off",
  "too-deep": "too-deep",
  malformed: "malformed",
};

/** The public record, read once a day for each instance whose user has agreed to it. */
export function createCtMonitor(store: Store, records: CtStore, notifier: Notifier): CtMonitor {
  const running = new Map<Address, { promise: Promise<void>; progress: Progress }>();
  let pins: State["stored"]["pins"] | undefined;

  /** What was read before; where that is lost, the next answer is asked for from its beginning. */
  const saved = async (address: Address): Promise<readonly Issuance[]> => {
    const kept = await records.read(address);
    if (kept.kind === "damaged") await store.change((state) => forgetLastId(state, address));
    return kept.kind === "value" ? kept.value : [];
  };

  /** One page, taken in whole. What it tells is on disk before the next one is asked for. */
  const takeIn = async (page: Page): Promise<Pick<Taken, "record" | "isFull">> => {
    const take = (state: State): Taken => takePage(state, page);
    const { record, isFull } = take(await store.read());
    if (page.found.length > 0) await records.write(page.address, record);
    await store.change((state) => {
      const { state: next, notify } = take(state);
      for (const incident of notify) void notifier.notify(incident, false);
      return next;
    });
    return { record, isFull };
  };

  const isActive = async (address: Address): Promise<boolean> =>
    activeRecords(await store.read()).some((record) => record.address === address);

  /** @returns why it did not come to the end of the answer */
  const read = async (address: Address, at: number): Promise<Failure | undefined> => {
    if (!(await hasConsent(CERT_SPOTTER))) return { at, reason: "permission-gone" };
    await store.change((state) => begun(state, address, at, Math.random()));
    let known = await saved(address);
    let cursor: Cursor = beginAfter(address, ctStateIn((await store.read()).ctStates, address)?.lastId);
    // Switched off meanwhile, or the pin is another: nothing more is sent, and the next run begins where this one ends.
    while (await isActive(address)) {
      const answer = await askLog(urlOf(cursor), "application/json");
      if (!answer.ok) return answer.error;
      const page = parseIssuances(answer.value, at);
      if (!page.ok) return { at: Date.now(), reason: READ_AS[page.error] };
      const ids = page.value.map(({ id }) => id);
      const step = advance(cursor, ids);
      const lastId = "cursor" in step ? step.cursor.after : undefined;
      const { record, isFull } = await takeIn({ address, known, found: page.value, lastId, at });
      known = record;
      const now = running.get(address);
      if (now !== undefined) now.progress = { pages: cursor.pages + 1, found: record.length };
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

  const run = async (address: Address): Promise<void> => {
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
  };

  const schedule = async (): Promise<void> => {
    const dates = activeRecords(await store.read()).map(({ dueAt }) => dueAt);
    if (dates.length === 0) await browser.alarms.clear(ALARM);
    else void browser.alarms.create(ALARM, { when: Math.max(Math.min(...dates), Date.now() + 1000) });
  };

  const runDue = async (): Promise<void> => {
    const due = activeRecords(await store.read()).filter(({ dueAt }) => isDue(dueAt, Date.now()));
    if (due.length > 0 && !navigator.onLine) {
      void browser.alarms.create(ALARM, { when: Date.now() + OFFLINE_WAIT });
      return;
    }
    for (const { address } of due) await run(address);
    await schedule();
  };

  const withdrawUnused = async (): Promise<void> => {
    const { ctStates: all } = await store.read();
    await schedule();
    if (all === "unknown" || !all.some(({ on }) => on)) await withdrawConsent();
  };

  const classifyAnew = async (state: State): Promise<void> => {
    const { state: next } = await store.change(withoutUnpinned);
    if (next.ctStates !== state.ctStates) await withdrawUnused();
    for (const { address } of state.ctStates === "unknown" ? [] : state.ctStates) {
      const record = await saved(address);
      await store.change((now) => reclassify(now, address, record, Date.now()));
    }
    await schedule();
  };

  return {
    runDue,
    schedule,
    withdrawUnused,
    add: async (address, found) => {
      await running.get(address)?.promise;
      await takeIn({ address, known: await saved(address), found, lastId: undefined, at: Date.now() });
    },
    onAlarm: async ({ name }) => {
      if (name === ALARM) await runDue();
    },
    check: async (address) => {
      const at = Date.now();
      const { failure } = ctStateIn((await store.read()).ctStates, address) ?? {};
      if (!(await isActive(address)) || (failure?.retryAt !== undefined && failure.retryAt > at)) return;
      if (navigator.onLine) await run(address);
      else await store.change((now) => failed(now, address, { at, reason: "offline" }, Math.random()));
      await schedule();
    },
    onPermissionsChanged: async () => {
      const isGiven = await hasConsent(CERT_SPOTTER);
      await store.change((state) => consentChanged(state, isGiven, Date.now()));
      if (isGiven) await runDue();
    },
    progress: (address) => running.get(address)?.progress,
    onState: (state) => {
      const isFirst = pins === undefined;
      if (state.stored.pins === pins) return;
      ({ pins } = state.stored);
      if (!isFirst) void classifyAnew(state);
    },
  };
}
