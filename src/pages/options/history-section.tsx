// What happened to the pins and to the versions, the newest first.
import { jsx, type VNode } from "snabbdom";
import type { Event } from "../../core/pin/history";
import type { KeyWith } from "../../core/message-key";
import type { HistoryRow, StoredView } from "../../core/view/stored-view";
import { lastFrom } from "../../core/view/slice";
import { time, translate, translateCount } from "../../shell/ui/translate";
import { pagedList } from "../shared/pager";
import { button, soft } from "../shared/parts";
import { versionEventText } from "./version-settings";

export interface HistoryActions {
  readonly turnHistory: (from: number) => void;
  /** @param at - of the entry to undo */
  readonly undo: (at: number) => void;
}

export function historySection({ history, forgotten }: StoredView, actions: HistoryActions): VNode {
  const { items, from, total } = history;
  return (
    <section key="history">
      <h2>{translate("headHistory")}</h2>
      {total === 0 ? soft(translate("sayNoHistory")) : undefined}
      {pagedList("labelHistoryPages", history, actions.turnHistory, [
        ...items.map((row) => historyRow(row, actions)),
        forgotten > 0 && from === lastFrom(history) ? soft(translateCount("sayForgotten", forgotten)) : undefined,
      ])}
    </section>
  );
}

function historyRow(row: HistoryRow, { undo }: HistoryActions): VNode {
  if (row.kind === "version")
    return (
      <div key={`${row.entry.event} ${row.at} ${row.entry.address ?? ""}`} attrs={{ class: "row" }}>
        {versionEventText(row.entry)}
      </div>
    );
  const { event, at, isUndoable } = row;
  const { hosts, more } = row.about;
  const named = more === 0 ? hosts : [...hosts, translateCount("sayMoreAddresses", more)];
  return (
    <div key={`${event} ${at}`} attrs={{ class: "row" }}>
      <span>{translate(EVENTS[event], { time: time(at), hosts: named })}</span>
      {isUndoable
        ? button("buttonUndo", "link", () => {
            undo(at);
          })
        : undefined}
    </div>
  );
}

const EVENTS: Readonly<Record<Event, KeyWith<"hosts" | "time">>> = {
  pinned: "eventPinned",
  beside: "eventAdded",
  noted: "eventNoted",
  changed: "eventChanged",
  removed: "eventRemoved",
  "in-step": "eventInStep",
  imported: "eventImported",
  undone: "eventUndone",
};
