import { expect, it } from "vitest";
import { typesOf } from "../../../src/shell/guard/passive-types";

it("leaves no type of Firefox's out, also if a new version adds one", () => {
  const known = { IMAGE: "image", IMAGESET: "imageset", FONT: "font", MEDIA: "media", SCRIPT: "script", NEW: "new" };
  expect(typesOf({ ResourceType: known })).toEqual({
    active: ["script", "new"],
    passive: ["image", "imageset", "font", "media"],
  });
});
