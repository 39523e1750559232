import { describe, expect, it } from "vitest";
import messages from "../../../_locales/en/messages.json";
import type { Mistaken } from "../../../src/core/incident/mistaken";
import { VERDICT, type Verdict } from "../../../src/core/incident/verdict";
import type { Text } from "../../../src/core/message-key";
import { REASON } from "../../../src/core/tls/observation";
import { fixWords, headline, insecureText, uncheckedText, warningText } from "../../../src/core/view/texts";
import { sha1 } from "../samples";

const pin = sha1("1");
/** Every verdict with its headline, and what it means if that is more. */
const VERDICTS: [verdict: Verdict, headline: string, means?: string][] = [
  [{ kind: "match", pin }, "headMatch"],
  [{ kind: "renewed", pin }, "headRenewed"],
  [{ kind: "unchanged", pin }, "headUnchanged"],
  [{ kind: "unpinned" }, "headUnpinned"],
  [{ kind: "unchecked", reason: "cut-off" }, "headCutOff"],
  [{ kind: "plaintext" }, "headPlaintext", "warnPlaintext"],
  [{ kind: "overridden", error: "trust_error" }, "headOverridden", "warnOverridden"],
  [{ kind: "interception", root: "Company proxy" }, "headInterception", "warnInterception"],
  [{ kind: "mismatch", cause: "other-key" }, "headMismatch", "warnMismatch"],
  [{ kind: "mismatch", cause: "never-confirmed" }, "headMismatch", "warnNeverConfirmed"],
  [{ kind: "mismatch", cause: "cached" }, "headCached", "warnCached"],
  [{ kind: "undisclosed" }, "headUndisclosed", "warnUndisclosed"],
  [{ kind: "unanswered", carried: "probe" }, "headUnanswered", "warnUnansweredProbe"],
  [{ kind: "unanswered", carried: "restarted-probe" }, "headUnanswered", "warnRestartedProbe"],
  [{ kind: "unanswered", carried: "secret" }, "headUnanswered", "warnUnansweredSecret"],
  [{ kind: "logged", issuer: "CN=R11" }, "headLogged", "warnLogged"],
];

/** Whether there is such a message, and the text fills exactly its placeholders. */
function expectWhole({ key, values }: Text): void {
  const message = messages[key];
  const names = "placeholders" in message ? Object.keys(message.placeholders) : [];
  expect(Object.keys(values).sort(), key).toEqual(names.sort());
}

describe("a verdict", () => {
  it.each(VERDICTS)("%j has a headline, and says what it means", (verdict, head, means = head) => {
    expect(headline(verdict).key).toBe(head);
    expect(warningText(verdict).key).toBe(means);
    expectWhole(headline(verdict));
    expectWhole(warningText(verdict));
  });

  it("has a row for each kind", () => {
    const kinds = VERDICT.def.options.map(({ shape }) => [...shape.kind._zod.values][0]);
    expect(new Set(VERDICTS.map(([{ kind }]) => kind))).toEqual(new Set(kinds));
  });

  it("names the authority", () => {
    expect(headline({ kind: "interception", root: "Company proxy" }).values).toEqual({ authority: "Company proxy" });
    expect(warningText({ kind: "interception", root: "Company proxy" }).values).toEqual({ authority: "Company proxy" });
    expect(warningText({ kind: "logged", issuer: "CN=R11" }).values).toEqual({ authority: "CN=R11" });
  });
});

describe("a reason why nothing was checked", () => {
  it.each(REASON.options)("%s has a headline and a sentence with the next step", (reason) => {
    expectWhole(headline({ kind: "unchecked", reason }));
    expectWhole(uncheckedText(reason));
    expect(headline({ kind: "unchecked", reason }).key).toMatch(/^head/u);
    expect(uncheckedText(reason).key).toMatch(/^say/u);
  });

  it("has a sentence of its own", () => {
    const keys = REASON.options.map((reason) => uncheckedText(reason).key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("quotes Firefox only if it refused the connection", () => {
    const refused = uncheckedText("refused", "Issuer certificate is invalid.");
    expect(refused).toEqual({ key: "sayRefused", values: { error: "Issuer certificate is invalid." } });
    expectWhole(refused);
    expect(uncheckedText("cut-off", "NS_ERROR_NET_RESET")).toEqual(uncheckedText("cut-off"));
  });
});

const MISTAKEN: Record<Mistaken, string> = {
  key: "warnMistakenKey",
  "key-id": "warnMistakenKeyId",
  "log-id": "warnMistakenLogId",
  serial: "warnMistakenSerial",
  authority: "warnMistakenAuthority",
};
it.each(Object.entries(MISTAKEN) as [Mistaken, string][])("says that %s was pinned by mistake", (mistaken, key) => {
  const verdict: Verdict = { kind: "mismatch", cause: "never-confirmed" };
  expect(headline(verdict, mistaken).key).toBe("headMistaken");
  expect(warningText(verdict, mistaken).key).toBe(key);
  expectWhole(warningText(verdict, mistaken));
});

const FIXES: [what: string, fix: Parameters<typeof fixWords>[0], said: Text, notified: Text][] = [
  [
    "there is none",
    undefined,
    { key: "sayNoFix", values: {} },
    { key: "notifyInsecureUnfixed", values: { version: "2021.1.4", summary: "Anyone may" } },
  ],
  [
    "it is known",
    { from: "2026.7.0" },
    { key: "sayFix", values: { version: "2026.7.0" } },
    { key: "notifyInsecure", values: { version: "2021.1.4", summary: "Anyone may", fix: "2026.7.0" } },
  ],
  [
    "only the last affected version is known",
    { after: "2026.6.4" },
    { key: "sayFixAfter", values: { version: "2026.6.4" } },
    { key: "notifyInsecureAfter", values: { version: "2021.1.4", summary: "Anyone may", fix: "2026.6.4" } },
  ],
];
it.each(FIXES)("says which version fixes it: %s", (_, fix, said, notified) => {
  expect(fixWords(fix)).toEqual(said);
  expect(insecureText("2021.1.4", "Anyone may", fix)).toEqual(notified);
  expectWhole(said);
  expectWhole(notified);
});
