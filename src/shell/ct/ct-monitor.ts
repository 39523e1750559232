import browser, { type Alarms } from "webextension-polyfill";
import type { Address } from "../../core/address";
import { ctStateIn } from "../../core/ct/ct-state";
import type { Issuance } from "../../core/ct/issuance";
import { CERT_SPOTTER } from "../../core/hosts";
import { isDue, OFFLINE_WAIT } from "../../core/schedule";
import { activeMonitors, consentChanged, failed, reclassify, withoutUnpinned } from "../../core/state/ct-reduce";
import type { State } from "../../core/state/state";
import type { CtStore } from "../storage/ct-store";
import type { Store } from "../storage/store";
import type { Notifier } from "../ui/notifier";
import { hasConsent, withdrawConsent } from "./ct-log";
import { createLogQueries, type Progress } from "./log-queries";
import { createLoggedCertificates } from "./logged-certificates";

const ALARM = "log-monitoring";

export interface CtMonitor {
  readonly onAlarm: (alarm: Alarms.Alarm) => Promise<void>;
  /** Asks about every instance that is due, and sets the alarm for the next one. */
  readonly runDue: () => Promise<void>;
  /** Gives the permission back if no instance needs it, and sets the alarm again. */
  readonly withdrawUnused: () => Promise<void>;
  /** Adds certificates that another service listed. */
  readonly add: (address: Address, found: readonly Issuance[]) => Promise<void>;
  /** Sets the alarm for the next instance that is due. */
  readonly schedule: () => Promise<void>;
  /** Asks about one instance now, unless the service has set a time for the next query. */
  readonly check: (address: Address) => Promise<void>;
  /** Asks about the instances whose consent is there now. */
  readonly onPermissionsChanged: () => Promise<void>;
  readonly progress: (address: Address) => Progress | undefined;
  /** The state has changed. If the pins have changed, certificates may belong to someone else now. */
  readonly onState: (state: State) => void;
}

/** The public certificate logs, read once a day for each instance whose user has agreed to it. */
export function createCtMonitor(store: Store, ctStore: CtStore, notifier: Notifier): CtMonitor {
  const certificates = createLoggedCertificates(store, ctStore, notifier);
  const queries = createLogQueries(store, certificates);
  let pins: State["stored"]["pins"] | undefined;

  const schedule = async (): Promise<void> => {
    const dates = activeMonitors(await store.read()).map(({ dueAt }) => dueAt);
    if (dates.length === 0) await browser.alarms.clear(ALARM);
    else void browser.alarms.create(ALARM, { when: Math.max(Math.min(...dates), Date.now() + 1000) });
  };

  const runDue = async (): Promise<void> => {
    const due = activeMonitors(await store.read()).filter(({ dueAt }) => isDue(dueAt, Date.now()));
    if (due.length > 0 && !navigator.onLine) {
      void browser.alarms.create(ALARM, { when: Date.now() + OFFLINE_WAIT });
      return;
    }
    for (const { address } of due) await queries.run(address);
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
      const issuances = await certificates.saved(address);
      await store.change((now) => reclassify(now, address, issuances, Date.now()));
    }
    await schedule();
  };

  return {
    runDue,
    schedule,
    withdrawUnused,
    add: async (address, found) => {
      await queries.ended(address);
      await certificates.takeIn({
        address,
        known: await certificates.saved(address),
        found,
        lastId: undefined,
        at: Date.now(),
      });
    },
    onAlarm: async ({ name }) => {
      if (name === ALARM) await runDue();
    },
    check: async (address) => {
      const at = Date.now();
      const { failure } = ctStateIn((await store.read()).ctStates, address) ?? {};
      if (!(await queries.isActive(address)) || (failure?.retryAt !== undefined && failure.retryAt > at)) return;
      if (navigator.onLine) await queries.run(address);
      else await store.change((now) => failed(now, address, { at, reason: "offline" }, Math.random()));
      await schedule();
    },
    onPermissionsChanged: async () => {
      const isGiven = await hasConsent(CERT_SPOTTER);
      await store.change((state) => consentChanged(state, isGiven, Date.now()));
      if (isGiven) await runDue();
    },
    progress: queries.progress,
    onState: (state) => {
      const isFirst = pins === undefined;
      if (state.stored.pins === pins) return;
      ({ pins } = state.stored);
      if (!isFirst) void classifyAnew(state);
    },
  };
}
