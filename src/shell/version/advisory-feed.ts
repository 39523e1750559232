import browser from "webextension-polyfill";
import {
  FEED_PATTERN,
  FEED_URL,
  feedQuestion,
  readPage,
  readRecords,
  type Feed,
  type FeedFailure,
} from "../../core/version/osv";
import { versionsOf } from "../../core/state/version-advice";
import { err, ok, type Result } from "../../core/result";
import { isFeedDue, noteFeed, noteFeedTried, setFeed } from "../../core/state/version-steps";
import { boundedText } from "../bounded-body";
import type { Store } from "../storage/store";

export interface AdvisoryFeed {
  /**
   * Asks osv.dev if the user has agreed and a day has passed. Never rejects: keeps a failure together with the last
   * answer.
   */
  readonly fetchDue: () => Promise<void>;
}

/** The whole list had about 300 KB in 2026. */
const MAX_BYTES = 4_000_000;
const MAX_PAGES = 20;
const LIMIT = 30_000;

/** @param onAnswer - called after a response has been saved */
export function createAdvisoryFeed(store: Store, onAnswer: () => Promise<void>): AdvisoryFeed {
  return {
    fetchDue: async () => {
      const now = Date.now();
      const { feed } = versionsOf(await store.read());
      if (!feed.on) return;
      // Consent needs both our switch and Firefox's permission, which the user may take back in Firefox's own settings.
      if (!(await browser.permissions.contains({ origins: [FEED_PATTERN] }))) {
        await store.change((state) => setFeed(state, false, now));
        return;
      }
      if (!isFeedDue(feed, now)) return;
      await store.change((state) => noteFeedTried(state, now));
      const answer = await ask();
      await store.change((state) => noteFeed(state, answer, Date.now()));
      if (answer.ok) await onAnswer();
    },
  };
}

async function ask(): Promise<Result<Pick<Feed, "advisories" | "unread">, FeedFailure>> {
  const end = AbortSignal.timeout(LIMIT);
  const records: unknown[] = [];
  let left = MAX_BYTES;
  let next: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const text = await post(feedQuestion(next), left, end);
    if (!text.ok) return text;
    left -= text.value.length;
    const read = readPage(text.value);
    if (!read.ok) return read;
    records.push(...read.value.records);
    next = read.value.next;
    if (next === undefined) return readRecords(records);
  }
  return err("feed-too-large");
}

/** Sends the question and nothing else, and reads at most `most` bytes of the response. */
async function post(body: string, most: number, signal: AbortSignal): Promise<Result<string, FeedFailure>> {
  try {
    const answer = await fetch(FEED_URL, {
      method: "POST",
      body,
      signal,
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
    });
    if (!answer.ok || answer.body === null) return err("feed-refused");
    const text = await boundedText(answer, most);
    return text === undefined ? err("feed-too-large") : ok(text);
  } catch {
    return err("feed-unreachable");
  }
}
