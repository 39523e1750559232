import { describe, expect, it } from "vitest";
import { isFramedByAnother, mayBePage, withoutOpener } from "../../src/core/framed";

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

describe("the opener policy of a guarded page", () => {
  const OURS = { name: "Cross-Origin-Opener-Policy", value: "same-origin" };
  const policy = (value: string, name = OURS.name) => ({ name, value });
  const TYPE = { name: "Content-Type", value: "text/html" };
  type Header = ReturnType<typeof policy>;
  const REPORTED = policy("same-origin", "Cross-Origin-Opener-Policy-Report-Only");
  it.each<[string, Header[], Header[]]>([
    ["none", [], [OURS]],
    ["as strict", [policy("same-origin")], [policy("same-origin")]],
    ["as strict, with reports", [policy("same-origin; report-to=x")], [policy("same-origin; report-to=x")]],
    [
      "as strict, in small letters",
      [policy("same-origin", "cross-origin-opener-policy")],
      [policy("same-origin", "cross-origin-opener-policy")],
    ],
    ["unsafe-none", [policy("unsafe-none")], [OURS]],
    ["for popups", [policy("same-origin-allow-popups")], [OURS]],
    ["in capitals, which is no policy", [policy("SAME-ORIGIN")], [OURS]],
    ["two, which is no policy", [policy("same-origin"), policy("same-origin")], [OURS]],
    ["only reported", [REPORTED], [REPORTED, OURS]],
  ])("%s", (_, given, comes) => {
    expect(withoutOpener([TYPE, ...given])).toEqual([TYPE, ...comes]);
  });
});

it.each<[string, number, string, boolean]>([
  ["main_frame", 7, "text/html", true],
  ["main_frame", -1, "text/html", true], // preloaded for a worker
  ["main_frame", 7, "text/javascript", true], // shown as text, and of the same origin
  ["xmlhttprequest", -1, "text/html; charset=utf-8", true],
  ["xmlhttprequest", -1, "image/svg+xml", true],
  ["xmlhttprequest", -1, "application/json", false],
  ["xmlhttprequest", 7, "text/html", false],
  ["script", -1, "text/javascript", false],
  ["sub_frame", 7, "text/html", false],
])("%s of tab %i, as %s: may be a page is %s", (type, tabId, value, is) => {
  expect(mayBePage(type, tabId, [{ name: "content-type", value }])).toBe(is);
});
