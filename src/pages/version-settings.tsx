// What the options page says of versions: the public list, on consent, and what happened.
import { jsx, type VNode } from "snabbdom";
import browser from "webextension-polyfill";
import { FEED_PATTERN, type Feed, type FeedFailure } from "../core/feed";
import type { MessageKey } from "../core/message-key";
import type { VersionEntry } from "../core/version-book";
import { call, type BookShown } from "../shell/calls";
import { say } from "../shell/text";
import { soft, time } from "./parts";

/** @param act - waits for what the click began, and draws anew */
export function versionSettings({ versions }: BookShown, act: (done: Promise<unknown>) => void): VNode {
  const feed = versions === "unknown" ? undefined : versions.feed;
  const change = (event: Event): void => {
    act(setFeed((event.target as HTMLInputElement).checked));
  };
  return (
    <section>
      <h2>{say("headVersions")}</h2>
      {feed === undefined ? <p attrs={{ role: "alert" }}>{say("sayVersionsDamaged")}</p> : undefined}
      {soft(say("sayVersions"))}
      <label attrs={{ class: "switch" }}>
        {say("switchFeed")}
        <input
          attrs={{ type: "checkbox", role: "switch", "aria-describedby": "feed" }}
          props={{ checked: feed?.on === true }}
          on={{ change }}
        />
      </label>
      <div attrs={{ class: "soft", id: "feed" }}>{say("sayFeed")}</div>
      {feed?.on === true ? feedText(feed).map(soft) : []}
    </section>
  );
}

/** Consent is asked for in the click itself; without it the switch goes back. */
async function setFeed(on: boolean): Promise<void> {
  const patterns = { origins: [FEED_PATTERN] };
  const done = await (on ? browser.permissions.request(patterns) : browser.permissions.remove(patterns));
  await call("feed.set", { on: on && done });
}

const FAILURES: Readonly<Record<FeedFailure, MessageKey>> = {
  "feed-unreachable": "feedUnreachable",
  "feed-refused": "feedRefused",
  "feed-too-large": "feedTooLarge",
  "feed-malformed": "feedMalformed",
  "feed-empty": "feedEmpty",
};

const feedText = ({ at, advisories, unread, failure }: Feed): string[] => [
  at === undefined ? say("sayFeedNever") : say("sayFeedAnswer", time(at), String(advisories.length)),
  ...(unread === 0 ? [] : [say("sayFeedUnread", String(unread))]),
  ...(failure === undefined ? [] : [say("sayFeedFailed", say(FAILURES[failure]))]),
];

/** What happened to versions and their protection, to stand among the rest of the history. */
export const versionHistory = ({ versions }: BookShown): { at: number; text: string }[] =>
  versions === "unknown" ? [] : versions.history.map((entry) => ({ at: entry.at, text: eventText(entry) }));

function eventText({ event, at, address, text = "", ids }: VersionEntry): string {
  const args = [time(at), address ?? "", text];
  switch (event) {
    case "told":
      return say("eventTold", ...args);
    case "overridden":
      return say("eventOverridden", ...args);
    case "taken-back":
      return say("eventTakenBack", ...args);
    case "re-armed":
      return ids.length === 0 ? say("eventRearmedVersion", ...args) : say("eventRearmed", ...args, ids.join(", "));
    case "cleared":
      return say("eventCleared", ...args);
    case "damaged":
      return say("eventVersionsDamaged", ...args);
  }
}
