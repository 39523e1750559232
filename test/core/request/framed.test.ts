import { expect, it } from "vitest";
import { isFramedByAnother } from "../../../src/core/request/framed";

interface Frame {
  readonly parent: Frame;
  readonly location: { readonly href: string };
}
/** A window as the innermost one sees it: `own` of the same origin, `other` of another. The first is at the top. */
function nest(origins: readonly ("own" | "other")[]): Frame {
  let frame: Frame | undefined;
  for (const origin of origins) {
    const around = frame;
    const next: Frame = {
      get parent() {
        return around ?? next;
      },
      location: {
        get href() {
          if (origin === "other") throw new Error("SecurityError");
          return "https://abc.ui.nabu.casa/";
        },
      },
    };
    frame = next;
  }
  if (frame === undefined) throw new Error("no frame");
  return frame;
}

it.each<[readonly ("own" | "other")[], boolean]>([
  [["own"], false], // a tab
  [["own", "own"], false], // an add-on's page
  [["own", "own", "own"], false],
  [["other", "own"], true], // another site's page
  [["other", "own", "own"], true],
  [["own", "other", "own"], true], // another site in a webpage panel of the instance
  [["other", "other", "own"], true],
])("frames of %j: framed by another is %s", (origins, is) => {
  expect(isFramedByAnother(nest(origins))).toBe(is);
});
