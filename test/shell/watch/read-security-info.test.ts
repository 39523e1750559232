import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Anchor } from "../../../src/core/tls/certificate";
import type { SecurityInfo } from "../../../src/core/tls/security-info";
import { readSecurityInfo } from "../../../src/shell/watch/read-security-info";
import { certificate, ROOT, sha256 } from "../../core/samples";
import { securityInfoOf } from "../fake/profile";

type Options = Readonly<Record<string, boolean>>;
const firefox = vi.hoisted(() => ({ asked: [] as Options[], tell: (_: Options): object | undefined => undefined }));
vi.mock("webextension-polyfill", () => ({
  default: {
    webRequest: {
      getSecurityInfo: (_: string, options: Options) => {
        firefox.asked.push(options);
        return Promise.resolve(firefox.tell(options));
      },
    },
  },
}));

const CHAIN: SecurityInfo = securityInfoOf("own");
const LEAF: SecurityInfo = { ...CHAIN, certificates: CHAIN.certificates?.slice(0, 1) ?? [] };
const KNOWN: Anchor = { kind: "public", root: ROOT };
const unknown = (): undefined => undefined;
const never = (): boolean => false;

beforeEach(() => {
  firefox.asked = [];
  firefox.tell = ({ certificateChain }) => (certificateChain === true ? CHAIN : LEAF);
});

it("reads the chain of a leaf that is not known", async () => {
  const { seen } = await readSecurityInfo("1", unknown, never);
  expect(seen).toMatchObject({
    kind: "tls",
    handshake: { leaf: { sha256: sha256("1") }, anchor: { kind: "built-in" } },
  });
  expect(firefox.asked).toEqual([{}, { certificateChain: true }]);
});

it("reads the leaf alone if its trust anchor is known", async () => {
  const { seen } = await readSecurityInfo(
    "1",
    (leaf) => (leaf === certificate("1", "K").sha256 ? KNOWN : undefined),
    never,
  );
  expect(seen).toMatchObject({ handshake: { leaf: { sha256: sha256("1") }, anchor: KNOWN } });
  expect(firefox.asked).toEqual([{}]);
});

it("reads the chain again after an error that was clicked through, which lists none", async () => {
  firefox.tell = ({ certificateChain }) => ({
    ...LEAF,
    isUntrusted: true,
    ...(certificateChain === true ? { certificates: [] } : {}),
  });
  const { seen } = await readSecurityInfo("1", () => KNOWN, never);
  expect(seen).toMatchObject({ handshake: { override: "other", anchor: { kind: "unknown" } } });
});

describe("as evidence", () => {
  it.each<[string, Anchor | undefined, SecurityInfo, Options]>([
    ["the whole chain of a leaf that is known", KNOWN, CHAIN, { certificateChain: true, rawDER: true }],
    ["the whole chain of another leaf", undefined, CHAIN, { certificateChain: true, rawDER: true }],
    [
      "the leaf alone if Firefox lists no chain",
      undefined,
      { certificates: [] },
      { certificateChain: false, rawDER: true },
    ],
  ])("Firefox is asked for %s", async (_, anchor, chain, wanted) => {
    firefox.tell = ({ certificateChain }) => (certificateChain === true ? chain : LEAF);
    const { chain: der } = await readSecurityInfo(
      "1",
      () => anchor,
      () => true,
    );
    expect(firefox.asked.at(-1)).toEqual(wanted);
    expect((await der).length).toBeGreaterThan(0);
  });
});
