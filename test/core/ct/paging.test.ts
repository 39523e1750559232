import { describe, it, expect } from "vitest";
import { urlOf, beginAfter, type Cursor, advance } from "../../../src/core/ct/paging";
import type { Address } from "../../../src/core/address";
import { INSTANCE } from "../samples";

describe("an answer of several pages", () => {
  it("is asked for by the exact host, with wildcards, from the last id that is known", () => {
    const url = new URL(urlOf(beginAfter("abc.ui.nabu.casa:8443" as Address, "é&1")));
    expect(url.origin + url.pathname).toBe("https://api.certspotter.com/v1/issuances");
    expect(url.searchParams.get("domain")).toBe(INSTANCE);
    expect(url.searchParams.get("match_wildcards")).toBe("true");
    expect(url.searchParams.get("include_subdomains")).toBeNull();
    expect(url.searchParams.getAll("expand")).toEqual(["dns_names", "issuer", "revocation", "cert_der"]);
    expect(url.searchParams.get("after")).toBe("é&1");
    expect(new URL(urlOf(beginAfter(INSTANCE, undefined))).searchParams.has("after")).toBe(false);
  });

  const from = (after: string | undefined, ...more: string[]): Cursor =>
    more.reduce<Cursor>(
      (cursor, id) => {
        const step = advance(cursor, [id]);
        return step.kind === "next" ? step.cursor : cursor;
      },
      beginAfter(INSTANCE, after),
    );
  const STEPS: [what: string, cursor: Cursor, ids: string[], kind: string, after?: string][] = [
    ["nothing new", from("9"), [], "done"],
    ["nothing at all", from(undefined), [], "done"],
    ["a page", from(undefined), ["7", "3"], "next", "3"],
    ["a page after another", from("1", "2"), ["9", "5"], "next", "5"],
    ["ids that repeat within a page", from("1"), ["5", "4", "5"], "next", "5"],
    ["a page that ends where it began", from("9"), ["8", "9"], "circle"],
    ["a page that was there before", from("1", "2", "3"), ["2"], "circle"],
    [
      "the last page that is read at once",
      from(undefined, ...Array.from({ length: 49 }, (_, index) => String(index))),
      ["end"],
      "too-many",
      "end",
    ],
  ];
  it.each(STEPS)("%s", (_, cursor, ids, kind, after) => {
    const step = advance(cursor, ids);
    expect(step.kind).toBe(kind);
    expect("cursor" in step ? step.cursor.after : undefined).toBe(after);
  });
});
