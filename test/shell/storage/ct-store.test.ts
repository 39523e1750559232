import { it, expect } from "vitest";
import { INSTANCE, issuance } from "../../core/samples";
import { createCtStore } from "../../../src/shell/storage/ct-store";
import { area } from "./area";

it("distinguishes damaged certificates from none", async () => {
  const key = `record ${INSTANCE}`;
  expect(await createCtStore(area()).read(INSTANCE)).toEqual({ kind: "empty" });
  expect(await createCtStore(area({ [key]: { version: 1, issuances: [{}] } })).read(INSTANCE)).toMatchObject({
    kind: "damaged",
  });
  const local = area();
  await createCtStore(local).write(INSTANCE, [issuance("1", "K")]);
  expect(await createCtStore(local).read(INSTANCE)).toEqual({ kind: "value", value: [issuance("1", "K")] });
});
