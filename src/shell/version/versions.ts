import browser, { type Alarms } from "webextension-polyfill";
import { settle } from "../../core/state/version-steps";
import { createAdvisoryFeed, type AdvisoryFeed } from "./advisory-feed";
import type { Notifier } from "../ui/notifier";
import type { Prober } from "../probe/prober";
import type { Store } from "../storage/store";
import { createVersionAsker, type VersionAsker } from "./version-asker";
import type { Visits } from "../watch/visits";

export interface Versions {
  readonly asker: VersionAsker;
  readonly feed: AdvisoryFeed;
  readonly onAlarm: (alarm: Alarms.Alarm) => void;
}

const ALARM = "versions";
const EVERY_MINUTES = 60;

/** The versions of the instances and the advisories, each updated once a day, however often this runs. */
export function createVersions(store: Store, prober: Prober, visits: Visits, notifier: Notifier): Versions {
  const asker = createVersionAsker(store, prober, visits, notifier);
  const feed = createAdvisoryFeed(store, asker.tell);

  const run = async (): Promise<void> => {
    await feed.fetchDue();
    await asker.askOverdue();
  };

  const begin = async (): Promise<void> => {
    // If each wake set the alarm again, it would never fire.
    if ((await browser.alarms.get(ALARM)) === undefined)
      void browser.alarms.create(ALARM, { periodInMinutes: EVERY_MINUTES, delayInMinutes: 1 });
    // A new release of Latchkey may include more advisories than the last.
    await store.change((state) => settle(state, Date.now()));
    await asker.tell();
  };
  void begin();

  return {
    asker,
    feed,
    onAlarm: ({ name }) => {
      if (name === ALARM) void run();
    },
  };
}
