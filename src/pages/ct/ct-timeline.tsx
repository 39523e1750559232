import { jsx, type VNode } from "snabbdom";
import { date, translate } from "../../shell/ui/translate";
import type { Row } from "./ct-rows";
import { CLASSES } from "../shared/ct-texts";

const WIDTH = 720;
const LABELS = 190;
const ROW = 36;
const HEAD = 22;
const MOST = 40;

/** Color is never the only difference: each class has a text, a sign, and a pattern of its bar. */
const SIGNS: Readonly<Record<Row["whose"], string>> = {
  known: "✓",
  key: "✓",
  before: "?",
  wildcard: "✱",
  "not-ours": "✗",
};

/** The newest certificates, one bar each, and always those that are not ours. The table shows the same in text. */
export function timeline(rows: readonly Row[], now: number): VNode {
  const shown = rows.slice(0, MOST).sort((a, b) => b.issuance.notBefore - a.issuance.notBefore);
  const from = Math.min(...shown.map(({ issuance }) => issuance.notBefore));
  const until = Math.max(now, ...shown.map(({ issuance }) => issuance.notAfter));
  const at = (time: number): number => LABELS + ((time - from) / Math.max(until - from, 1)) * (WIDTH - LABELS - 4);
  const height = HEAD + shown.length * ROW;
  const today = at(now);
  return (
    <svg
      attrs={{
        class: "timeline",
        viewBox: `0 0 ${WIDTH} ${height}`,
        role: "img",
        "aria-label": translate("sayTimeline"),
      }}
    >
      <defs>
        <pattern attrs={{ id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse" }}>
          <path attrs={{ d: "M0 6 L6 0", class: "hatch" }} />
        </pattern>
      </defs>
      <text attrs={{ x: LABELS, y: 14 }}>{date(from)}</text>
      <text attrs={{ x: WIDTH - 4, y: 14, "text-anchor": "end" }}>{date(until)}</text>
      <line attrs={{ x1: today, x2: today, y1: HEAD - 4, y2: height, class: "today" }} />
      <text attrs={{ x: today, y: 14, "text-anchor": "middle", class: "strong" }}>{translate("legendToday")}</text>
      {shown.map((row, index) => bar(row, HEAD + index * ROW, at))}
    </svg>
  );
}

const bar = ({ issuance, whose, isNewKey }: Row, y: number, at: (time: number) => number): VNode => (
  <g>
    <text attrs={{ x: 0, y: y + 14, class: whose === "not-ours" ? "strong bad" : "strong" }}>
      {[`${SIGNS[whose]} ${translate(CLASSES[whose])}`, ...(isNewKey ? [translate("legendNewKey")] : [])].join(" · ")}
    </text>
    <text attrs={{ x: 0, y: y + 28 }}>{shortened(issuance.issuerName)}</text>
    <rect
      attrs={{
        class: `bar ${whose}`,
        x: at(issuance.notBefore),
        y: y + 6,
        height: 20,
        rx: 4,
        width: Math.max(at(issuance.notAfter) - at(issuance.notBefore), 3),
      }}
    />
    {isNewKey ? (
      <path attrs={{ class: "new-key", d: `M${at(issuance.notBefore)} ${y + 9} l7 7 l-7 7 l-7 -7 z` }} />
    ) : undefined}
  </g>
);

const shortened = (name: string): string => (name.length > 30 ? `${name.slice(0, 29)}…` : name);
