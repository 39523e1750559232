import type { Needs } from "../src/core/version/advisory";

/** One published vulnerability. */
export interface Row {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly published?: string;
  /** The publishers' rating; the highest if they differ. */
  readonly severity?: "LOW" | "MODERATE" | "HIGH" | "CRITICAL";
  readonly vectors?: readonly string[];
  /** The first affected version; if left out, all versions from the beginning are affected. */
  readonly introduced?: string;
  readonly fixed: string;
  readonly needs: Needs;
  /**
   * Whether Guard closes remote access: only if an attacker needs no login and the tunnel leads to the weakness. If it
   * blocked for every script that a logged-in user could plant, people would switch Guard off.
   */
  readonly blocks?: true;
  /** Why it does not block, although its rating says that an attacker needs no login and no help from a user. */
  readonly why?: string;
  readonly summary: string;
  readonly link: string;
}

/**
 * The record of a row in OSV's schema 1.6.
 * @param asOf - the day of the table, such as 2026-11-26
 */
export const osvRecordOf = (
  { id, aliases, published, severity, vectors = [], introduced = "0", fixed, ...row }: Row,
  asOf: string,
): object => ({
  schema_version: "1.6.0",
  id,
  modified: `${asOf}T00:00:00Z`,
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
