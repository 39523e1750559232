// Firefox accepts no handshake message of more than 128 KB, and no certificate of more than 64 KB.
import { describe, expect, it } from "vitest";
import type { Issued } from "../lab/authority";
import type { Instance } from "../lab/lab";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { failures, incidents, openInstance, post } from "./guarded";

useBrowser();

/** A certificate with about 53 bytes for each name. */
const withNames = (host: string, count: number): Promise<Issued> =>
  lab.authority.issue({
    names: [host, ...Array.from({ length: count }, (_, index) => `${String(index)}${"x".repeat(36)}.example.net`)],
  });
async function chainOf(host: string, others: number): Promise<Issued> {
  const own = await withNames(host, 10);
  const more = await Promise.all(Array.from({ length: others }, () => withNames("other.example.net", 1000)));
  return { ...own, cert: [own, ...more].map(({ cert }) => cert).join("\n") };
}

describe.each([
  ["watched", false],
  ["guarded", true],
])("while it is %s", (_, isGuarded) => {
  it("opens a warning as long as Firefox accepts the chain: 106 KB", async () => {
    const { instance, page } = await openInstance(lab, firefox, isGuarded);
    instance.answerWith(await chainOf(instance.host, 2));
    await post(page);
    await firefox.buttonShows("Latchkey: WARNING, not your Home Assistant’s certificate");
    expect(await incidents(firefox, instance)).toMatchObject([{ verdict: { kind: "mismatch" } }]);
  });

  const TOO_LARGE: [what: string, certificate: (instance: Instance) => Promise<Issued>][] = [
    ["a chain of 159 KB", ({ host }) => chainOf(host, 3)],
    ["one certificate of 106 KB", ({ host }) => withNames(host, 2000)],
  ];
  it.each(TOO_LARGE)(
    "says that Firefox refused the connection if the attacker answers with %s",
    async (_what, certificate) => {
      const { instance, page } = await openInstance(lab, firefox, isGuarded);
      instance.answerWith(await certificate(instance));
      const before = instance.received.length;
      expect(await post(page)).toBe("stopped");
      await firefox.buttonShows("Latchkey: not checked, Firefox refused the connection (");
      await until(
        () => failures(firefox, instance),
        (all) => all.includes("refused"),
      );
      expect(instance.received.slice(before)).toEqual([]);
      expect(await incidents(firefox, instance)).toEqual([]);
    },
  );
});
