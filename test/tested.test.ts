// README names the versions that the tests ran with: the pinned ones, and the browsers' at that time.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../scripts/build";
import { NEWEST, OLDEST, requirementsOf } from "../scripts/setup.mjs";
import tested from "./tested.json";

const pinned = (release: string, name: string): string | undefined =>
  new RegExp(`^${name}==(.+)$`, "mu").exec(readFileSync(requirementsOf(release), "utf8"))?.[1];

it("is what README says", () => {
  const [newest, oldest] = [NEWEST, OLDEST].map((release) => pinned(release, "homeassistant"));
  const date = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" }).format(new Date(tested.date));
  expect(readFileSync(join(root, "README.md"), "utf8")).toContain(
    `Tested with Firefox ESR ${tested.firefoxEsr} and Firefox ${tested.firefox}, Home Assistant ${String(newest)} and ${String(oldest)}, on ${date}.`,
  );
});

it.each([
  [NEWEST, "20261028.4"],
  [OLDEST, "20240307.0"],
])("has the front end that belongs to Home Assistant %s", (release, frontend) => {
  expect(pinned(release, "homeassistant")).toMatch(new RegExp(`^${release.replace(".", "\\.")}\\.\\d+$`, "u"));
  expect(pinned(release, "home-assistant-frontend")).toBe(frontend);
});
