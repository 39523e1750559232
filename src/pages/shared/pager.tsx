// A list of which only one part is drawn, with buttons to the others.
import { jsx, type JsxVNodeChild, type VNode } from "snabbdom";
import type { PlainKey } from "../../core/message-key";
import { lastFrom, type Slice } from "../../core/view/slice";
import { range, translate, translateCount } from "../../shell/ui/translate";

/**
 * The drawn part of a list below its buttons, which stay in view and in place while the list changes.
 * @param label - the name of the buttons as a group
 * @param turn - draws the part that begins there
 */
export const pagedList = (
  label: PlainKey,
  slice: Omit<Slice<unknown>, "items">,
  turn: (from: number) => void,
  rows: readonly JsxVNodeChild[],
): VNode => (
  <div key={label} attrs={{ class: "paged" }}>
    {slice.total <= slice.size ? undefined : pager(label, slice, turn)}
    {rows}
  </div>
);

function pager(label: PlainKey, slice: Omit<Slice<unknown>, "items">, turn: (from: number) => void): VNode {
  const { from, total, size } = slice;
  const last = lastFrom(slice);
  const isFar = last > size;
  const step = (name: PlainKey, to: number): VNode => (
    // A button that can't be pressed any more can still be focused, so that the focus isn't lost.
    <button
      key={name}
      attrs={{ class: "link", type: "button", "aria-disabled": String(to === from) }}
      on={{
        click: ({ currentTarget }: MouseEvent) => {
          if (to === from) return;
          const list = (currentTarget as Element).closest(".paged");
          if (list !== null && list.getBoundingClientRect().top < 0) list.scrollIntoView();
          turn(to);
        },
      }}
    >
      {translate(name)}
    </button>
  );
  return (
    <nav key="pager" attrs={{ class: "pager", "aria-label": translate(label) }}>
      {isFar ? step("buttonFirst", 0) : undefined}
      {step("buttonPrevious", Math.max(0, from - size))}
      <span attrs={{ role: "status" }}>
        {translateCount("sayRange", total, { range: range(from + 1, Math.min(from + size, total)) })}
      </span>
      {step("buttonNext", Math.min(from + size, last))}
      {isFar ? step("buttonLast", last) : undefined}
    </nav>
  );
}
