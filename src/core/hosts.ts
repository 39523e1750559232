// Every host that Latchkey ever contacts besides your own Home Assistant. Each is asked only with your consent.

/** Its Certificate Transparency monitor is asked once a day for the certificates of an address (`paging.ts`). */
export const CERT_SPOTTER = "api.certspotter.com";
/** Is asked for the same at a click (`crt-sh.ts`). */
export const CRT_SH = "crt.sh";
/** Is asked once a day for known vulnerabilities (`osv.ts`). */
export const OSV = "api.osv.dev";
