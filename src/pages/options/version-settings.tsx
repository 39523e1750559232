// Versions on the options page: the switch for the public list of vulnerabilities, and what happened.
import { jsx, type VNode } from "snabbdom";
import browser from "webextension-polyfill";
import { FEED_PATTERN, type FeedFailure } from "../../core/version/osv";
import type { PlainKey } from "../../core/message-key";
import type { VersionEntry } from "../../core/version/version-state";
import type { FeedView, StoredView } from "../../core/view/stored-view";
import { call } from "../../shell/messages/calls";
import { time, translate, translateCount } from "../../shell/ui/translate";
import { soft } from "../shared/parts";

/** @param act - waits until the click's action is done, and draws again */
export function versionSettings({ feed: shown }: StoredView, act: (done: Promise<unknown>) => void): VNode {
  const feed = shown === "unknown" ? undefined : shown;
  const change = (event: Event): void => {
    act(setFeed((event.target as HTMLInputElement).checked));
  };
  return (
    <section key="versions">
      <h2>{translate("headVersions")}</h2>
      {feed === undefined ? <p attrs={{ role: "alert" }}>{translate("sayVersionsDamaged")}</p> : undefined}
      {soft(translate("sayVersions"))}
      <label attrs={{ class: "switch" }}>
        {translate("switchFeed")}
        <input
          attrs={{ type: "checkbox", role: "switch", "aria-describedby": "feed" }}
          props={{ checked: feed?.on === true }}
          on={{ change }}
        />
      </label>
      <div attrs={{ class: "soft", id: "feed" }}>{translate("sayFeed")}</div>
      {feed?.on === true ? feedText(feed).map(soft) : []}
    </section>
  );
}

/** Asks for consent in the click itself; if it is denied, the switch returns to off. */
async function setFeed(on: boolean): Promise<void> {
  const patterns = { origins: [FEED_PATTERN] };
  const done = await (on ? browser.permissions.request(patterns) : browser.permissions.remove(patterns));
  await call("feed.set", { on: on && done });
}

const FAILURES: Readonly<Record<FeedFailure, PlainKey>> = {
  "feed-unreachable": "feedUnreachable",
  "feed-refused": "feedRefused",
  "feed-too-large": "feedTooLarge",
  "feed-malformed": "feedMalformed",
  "feed-empty": "feedEmpty",
};

const feedText = ({ at, count, unread, failure }: FeedView): string[] => [
  at === undefined ? translate("sayFeedNever") : translateCount("sayFeedAnswer", count, { time: time(at) }),
  ...(unread === 0 ? [] : [translateCount("sayFeedUnread", unread)]),
  ...(failure === undefined ? [] : [translate("sayFeedFailed"), translate(FAILURES[failure])]),
];

/** What happened to a version or its protection, for the history. */
export function versionEventText({ event, at, address: own, text: version = "", ids }: VersionEntry): string {
  const values = { time: time(at), address: own ?? "", version };
  switch (event) {
    case "reported":
      return translate("eventVersion", values);
    case "overridden":
      return translate("eventOverridden", values);
    case "taken-back":
      return translate("eventTakenBack", values);
    case "re-armed":
      return ids.length === 0
        ? translate("eventRearmedVersion", values)
        : translate("eventRearmed", { ...values, ids });
    case "cleared":
      return translate("eventCleared", values);
    case "damaged":
      return translate("eventVersionsDamaged", { time: values.time });
  }
}
