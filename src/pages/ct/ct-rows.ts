import { classify, type Class } from "../../core/ct/classify";
import type { Issuance } from "../../core/ct/issuance";
import type { CtReply } from "../../shell/messages/calls";

/** One certificate, as the page shows it. */
export interface Row {
  readonly issuance: Issuance;
  readonly whose: Exclude<Class, "unrelated">;
  /** Whether it is the first of its key, but not the first of all. */
  readonly isNewKey: boolean;
}

const ORDER: readonly Row["whose"][] = ["not-ours", "before", "wildcard", "key", "known"];

/** The certificates to show: those that aren't ours first, then the newest. */
export function rowsOf({ issuances, ours }: Pick<CtReply, "issuances" | "ours">): Row[] {
  if (ours === undefined) return [];
  const keys = new Set<string>();
  const rows: Row[] = [];
  for (const issuance of issuances.toReversed()) {
    const whose = classify(issuance, ours);
    if (whose === "unrelated") continue;
    rows.push({ issuance, whose, isNewKey: keys.size > 0 && !keys.has(issuance.spki) });
    keys.add(issuance.spki);
  }
  const rank = ({ whose }: Row): number => Math.min(ORDER.indexOf(whose), ORDER.indexOf("key"));
  return rows.reverse().sort((a, b) => rank(a) - rank(b));
}
