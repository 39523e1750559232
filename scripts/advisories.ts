// Writes src/core/version/advisories.json, in the OSV schema, from the table below: what has been published on Home Assistant's
// core, in our own words. To add one: a row here, then `npx tsx scripts/advisories.ts`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import type { Needs } from "../src/core/version/advisory";
import { root } from "./build";

interface Row {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly published?: string;
  /** As the publishers put it; the highest where they differ. */
  readonly severity?: "LOW" | "MODERATE" | "HIGH" | "CRITICAL";
  readonly vectors?: readonly string[];
  /** The first version it is in; all from the beginning where left out. */
  readonly introduced?: string;
  readonly fixed: string;
  readonly needs: Needs;
  /**
   * Whether Guard closes remote access: only where nobody has to be logged in and the tunnel reaches it. A block for
   * every script that a logged-in user could plant would make people switch Guard off.
   */
  readonly blocks?: true;
  /** Why it does not block, though by its publishers' rating nobody has to log in or to help. */
  readonly why?: string;
  readonly summary: string;
  readonly link: string;
}

/** When the table was last compared with osv.dev; its answer of that day is kept as test/core/version/osv-dev-<day>.json. */
export const AS_OF = "2026-11-26";
/** For which version of Latchkey that was: the next one asks for a new comparison, and a test for this to be done. */
export const COMPARED_FOR = "0.1.0";

const atGitHub = (id: string): string => `https://github.com/home-assistant/core/security/advisories/${id}`;
const atCve = (id: string): string => `https://www.cve.org/CVERecord?id=${id}`;

const TABLE: readonly Row[] = [
  {
    // The one entry of the cloud's public list: "Home Assistant Core 2021.1.4 and older". The list gives the last
    // affected version and the disclosure the first mended one; the betas between the two count as affected.
    id: "NABUCASA-2021-01-23",
    published: "2021-01-23",
    fixed: "2021.1.5",
    needs: "nothing",
    blocks: true,
    summary: "With some custom integrations, anyone can read every file of Home Assistant, including its passwords.",
    link: "https://support.nabucasa.com/hc/en-us/articles/26508882007581-Remote-access-Security-aspects",
  },
  {
    // The alert feed of the apps says "2021.1.2 and older", the bulletin "2021.1.2 or newer" is safe: the safer bound.
    id: "CVE-2021-3152",
    published: "2021-01-14",
    fixed: "2021.1.3",
    needs: "nothing",
    blocks: true,
    summary: "With some custom integrations, anyone can read files outside the intended folder.",
    link: "https://www.home-assistant.io/blog/2021/01/14/security-bulletin/",
  },
  {
    // The text of the CVE names 2023.3.0, its list of versions 2023.3.2: the safer bound.
    id: "CVE-2023-27482",
    aliases: ["GHSA-2j8f-h4mr-qr25"],
    published: "2023-03-08",
    severity: "CRITICAL",
    vectors: ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"],
    fixed: "2023.3.2",
    needs: "nothing",
    blocks: true,
    summary:
      "In installations with the Supervisor, anyone can control it without logging in, and with it all of Home Assistant.",
    link: atGitHub("GHSA-2j8f-h4mr-qr25"),
  },
  {
    id: "CVE-2023-41893",
    aliases: ["GHSA-qhhj-7hrc-gqj5", "PYSEC-2023-214"],
    published: "2023-10-19",
    severity: "MODERATE",
    vectors: ["CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N"],
    fixed: "2023.9.0",
    needs: "click",
    summary: "A prepared link to your login page gives your login to an attacker.",
    link: atGitHub("GHSA-qhhj-7hrc-gqj5"),
  },
  {
    id: "CVE-2023-41894",
    aliases: ["GHSA-wx3j-3v2j-rf45"],
    published: "2023-10-19",
    severity: "MODERATE",
    vectors: ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"],
    fixed: "2023.9.0",
    needs: "secret",
    why: "The address of a webhook is a secret by itself. A webhook does what the owner set it up for, no more.",
    summary: "Webhooks that are meant only for the home network also work through remote access.",
    link: atGitHub("GHSA-wx3j-3v2j-rf45"),
  },
  {
    id: "CVE-2023-41895",
    aliases: ["GHSA-jvxq-x42r-f7mv"],
    published: "2023-10-19",
    severity: "CRITICAL",
    vectors: ["CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"],
    fixed: "2023.9.0",
    needs: "click",
    summary:
      "A prepared link to your login page runs an attacker’s script there. The script can take over Home Assistant.",
    link: atGitHub("GHSA-jvxq-x42r-f7mv"),
  },
  {
    // The CVE says 2023.8.0, Home Assistant's security page 2023.9: the safer bound.
    id: "CVE-2023-41896",
    aliases: ["GHSA-cr83-q7r2-7f5q"],
    published: "2023-10-19",
    severity: "CRITICAL",
    vectors: ["CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:H/I:H/A:H"],
    fixed: "2023.9.0",
    needs: "click",
    summary:
      "A prepared link makes the page of Home Assistant talk to an attacker’s server. The server can take over Home Assistant.",
    link: atGitHub("GHSA-cr83-q7r2-7f5q"),
  },
  {
    id: "CVE-2023-41897",
    aliases: ["GHSA-935v-rmg9-44mw"],
    published: "2023-10-19",
    severity: "HIGH",
    vectors: ["CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"],
    fixed: "2023.9.0",
    needs: "click",
    summary: "Another site can hide the page of Home Assistant in its own and make you click in it.",
    link: atGitHub("GHSA-935v-rmg9-44mw"),
  },
  {
    id: "CVE-2023-41899",
    aliases: ["GHSA-4r74-h49q-rr3h"],
    published: "2023-10-19",
    severity: "MODERATE",
    vectors: ["CVSS:3.1/AV:N/AC:H/PR:H/UI:N/S:U/C:H/I:H/A:H"],
    fixed: "2023.9.0",
    needs: "login",
    summary: "Anyone who may call the service for an add-on’s input can give orders to the Supervisor.",
    link: atGitHub("GHSA-4r74-h49q-rr3h"),
  },
  {
    // The page that lists users came with 2023.12, but the advisory names every version before: the safer bound.
    id: "CVE-2023-50715",
    aliases: ["GHSA-jqpc-rc7g-vf83"],
    published: "2023-12-15",
    severity: "MODERATE",
    vectors: ["CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"],
    fixed: "2023.12.3",
    needs: "home",
    why: "Names only, and only to the home network: the tunnel does not lead there.",
    summary: "The login page shows the names of all users to everyone in the home network.",
    link: atGitHub("GHSA-jqpc-rc7g-vf83"),
  },
  {
    id: "CVE-2025-25305",
    aliases: ["GHSA-m3pm-rpgg-5wj6", "PYSEC-2026-1452"],
    published: "2025-02-18",
    severity: "HIGH",
    vectors: ["CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:L/A:L"],
    fixed: "2024.1.6",
    needs: "path",
    why: "It takes a place on the connections that Home Assistant itself makes. Closing remote access does not close those.",
    summary: "Some integrations don’t check the certificates of the servers that they talk to.",
    link: atGitHub("GHSA-m3pm-rpgg-5wj6"),
  },
  {
    id: "CVE-2025-65713",
    aliases: ["GHSA-pp3g-xmm4-5cw9", "PYSEC-2026-1454"],
    published: "2025-12-23",
    severity: "MODERATE",
    vectors: ["CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:A/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N/E:P"],
    fixed: "2025.8.0",
    needs: "login",
    summary: "An attacker can make the downloader integration write files outside its folder.",
    link: atCve("CVE-2025-65713"),
  },
  {
    // The CVE calls it moderate, GitHub high: the safer rating.
    id: "CVE-2025-62172",
    aliases: ["GHSA-mq77-rv97-285m", "PYSEC-2026-1453"],
    published: "2025-10-14",
    severity: "HIGH",
    vectors: [
      "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N",
      "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P",
    ],
    introduced: "2025.1.0",
    fixed: "2025.10.2",
    needs: "login",
    summary: "A name given to an energy meter can carry a script that runs for other users.",
    link: atGitHub("GHSA-mq77-rv97-285m"),
  },
  {
    id: "CVE-2026-33044",
    aliases: ["GHSA-r584-6283-p7xc", "PYSEC-2026-2517"],
    published: "2026-03-27",
    severity: "HIGH",
    vectors: ["CVSS:4.0/AV:N/AC:L/AT:P/PR:L/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P"],
    introduced: "2020.02",
    fixed: "2026.01",
    needs: "login",
    summary: "A name given to a device can carry a script that runs for anyone who sees it on a map.",
    link: atGitHub("GHSA-r584-6283-p7xc"),
  },
  {
    id: "CVE-2026-33045",
    aliases: ["GHSA-46j8-vpx8-6p72"],
    published: "2026-03-27",
    severity: "HIGH",
    vectors: ["CVSS:4.0/AV:N/AC:L/AT:P/PR:L/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P"],
    introduced: "2025.02",
    fixed: "2026.01",
    needs: "login",
    summary: "The name of a phone’s sensor can carry a script that runs for anyone who sees its history.",
    link: atGitHub("GHSA-46j8-vpx8-6p72"),
  },
  {
    // GET /api/konnected/device/<device>?zone=<n> asks for no login (requires_auth = False) and tells whether an output of
    // the alarm panel is on. Home Assistant 2026.6.0 removed the integration. The publishers rate it for the home network,
    // but the tunnel of remote access leads to every view.
    id: "CVE-2026-54317",
    aliases: ["GHSA-x84v-g949-293w", "PYSEC-2026-241"],
    published: "2026-06-19",
    severity: "HIGH",
    vectors: ["CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:L/A:L"],
    fixed: "2026.6.0",
    needs: "integration",
    why: "It works over remote access too, but it opens nothing: it tells whether a siren or relay is on, and makes Home Assistant contact the panel. It gives no login, no token and no control. Only instances with a Konnected panel are affected. Latchkey can't see which those are, so a block would close all others as well. The panel's number also has to be guessed, one request each, among 16 million.",
    summary:
      "With the Konnected integration, anyone who guesses the panel’s number can see whether its siren and other outputs are on. No login is needed. If you can’t update, remove the integration: 2026.6.0 no longer has it.",
    link: atGitHub("GHSA-x84v-g949-293w"),
  },
  {
    id: "CVE-2026-64825",
    aliases: ["GHSA-5hxg-r395-fqxx"],
    published: "2026-07-21",
    severity: "CRITICAL",
    vectors: [
      "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:H/A:L",
      "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:N/VI:H/VA:L/SC:N/SI:H/SA:L",
    ],
    fixed: "2026.6.0",
    needs: "setup",
    why: "Home Assistant must still wait for its first user. Remote access is set up after that.",
    summary: "During the first setup of Home Assistant, anyone can write files anywhere with a prepared backup.",
    link: atCve("CVE-2026-64825"),
  },
  {
    id: "CVE-2026-64824",
    aliases: ["GHSA-cwh8-w64c-4j5h"],
    published: "2026-07-21",
    severity: "CRITICAL",
    vectors: [
      "CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:H/I:H/A:H",
      "CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
    ],
    fixed: "2026.7.0",
    needs: "login",
    summary: "Restoring a prepared backup writes files anywhere and can run an attacker’s program.",
    link: atCve("CVE-2026-64824"),
  },
  {
    id: "CVE-2026-91129",
    aliases: ["GHSA-4ghv-53cq-7wp3"],
    published: "2026-09-22",
    severity: "MODERATE",
    vectors: ["CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N"],
    fixed: "2026.2.3",
    needs: "home",
    why: "It takes an announcement in the home network (mDNS), which no tunnel carries.",
    summary: "A device in the home network that pretends to be a printer can make Home Assistant call other addresses.",
    link: atGitHub("GHSA-4ghv-53cq-7wp3"),
  },
  {
    id: "CVE-2026-91130",
    aliases: ["GHSA-wx4m-69m9-gx3m"],
    published: "2026-09-22",
    severity: "CRITICAL",
    vectors: ["CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H"],
    fixed: "2026.7.0",
    needs: "login",
    summary: "A name given to a device can carry a script that runs for anyone who sees its statistics.",
    link: atGitHub("GHSA-wx4m-69m9-gx3m"),
  },
  {
    id: "CVE-2018-21019",
    aliases: ["GHSA-mh78-8f49-vjg3", "PYSEC-2019-221"],
    published: "2019-09-23",
    severity: "HIGH",
    vectors: ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"],
    fixed: "0.67.0",
    needs: "home",
    why: "There was no remote access through the cloud yet, and each of these versions is blocked for others anyway.",
    summary: "Anyone who reaches Home Assistant can read its error log without logging in.",
    link: atCve("CVE-2018-21019"),
  },
  {
    id: "CVE-2017-16782",
    severity: "MODERATE",
    fixed: "0.57",
    needs: "click",
    summary: "A prepared notification can run an attacker’s script in the page of Home Assistant.",
    link: atCve("CVE-2017-16782"),
  },
];

/** The record of a row, as OSV's schema 1.6 has it. */
const record = ({ id, aliases, published, severity, vectors = [], introduced = "0", fixed, ...row }: Row): object => ({
  schema_version: "1.6.0",
  id,
  modified: `${AS_OF}T00:00:00Z`,
  ...(published === undefined ? {} : { published: `${published}T00:00:00Z` }),
  ...(aliases === undefined ? {} : { aliases }),
  summary: row.summary,
  severity: vectors.map((score) => ({ type: score.startsWith("CVSS:4") ? "CVSS_V4" : "CVSS_V3", score })),
  affected: [
    {
      package: { ecosystem: "PyPI", name: "homeassistant" },
      ranges: [{ type: "ECOSYSTEM", events: [{ introduced }, { fixed }] }],
    },
  ],
  references: [{ type: "ADVISORY", url: row.link }],
  database_specific: {
    ...(severity === undefined ? {} : { severity }),
    needs: row.needs,
    blocks: row.blocks === true,
  },
});

/** Why those do not block that say so, by their ids. */
export const WHY: ReadonlyMap<string, string> = new Map(
  TABLE.flatMap(({ id, why }) => (why === undefined ? [] : [[id, why]])),
);

/** The file as it is to be. */
export async function advisoriesFile(): Promise<string> {
  const options = await resolveConfig(join(root, "package.json"));
  return format(JSON.stringify(TABLE.map(record)), { ...options, parser: "json" });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await writeFile(join(root, "src/core/version/advisories.json"), await advisoriesFile());
