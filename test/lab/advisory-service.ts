// A stand-in for osv.dev, which no test may contact: its one call (`POST /v1/query`), page by page, and its failures.
import type { IncomingMessage, ServerResponse } from "node:http";

export const ADVISORY_HOST = "api.osv.dev";

export interface AdvisoryService {
  /** The requests it got: the bodies and headers, in order. */
  readonly asked: { readonly body: string; readonly headers: IncomingMessage["headers"] }[];
  /** Its records, in OSV's schema, and how many a page has. */
  records: readonly object[];
  pageSize: number;
  mode: "answer" | "refuse" | "malformed" | "too-large" | "hang-up";
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
}

export function createAdvisoryService(): AdvisoryService {
  const service: AdvisoryService = {
    asked: [],
    records: [],
    pageSize: 2,
    mode: "answer",
    answer: (request, response) => {
      let body = "";
      request.on("data", (piece: Buffer) => (body += piece.toString()));
      request.on("end", () => {
        service.asked.push({ body, headers: request.headers });
        const json = (status: number, answer: object | string): void => {
          response.writeHead(status, { "Content-Type": "application/json" });
          response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
        };
        if (service.mode === "hang-up") request.socket.destroy();
        else if (service.mode === "malformed") json(200, "<html>");
        else if (service.mode === "too-large") json(200, { vulns: [], x: "x".repeat(5_000_000) });
        else if (service.mode === "refuse" || request.method !== "POST" || request.url !== "/v1/query")
          json(500, { code: 13, message: "internal" });
        else {
          const { page_token: token = "0" } = JSON.parse(body) as { page_token?: string };
          const end = Number(token) + service.pageSize;
          json(200, {
            vulns: service.records.slice(Number(token), end),
            ...(end < service.records.length ? { next_page_token: String(end) } : {}),
          });
        }
      });
    },
  };
  return service;
}

/** A record as osv.dev has them; versions before `fixed` are affected. */
export const osvRecord = (id: string, fixed: string, more: object = {}): object => ({
  schema_version: "1.6.0",
  id,
  modified: "2026-11-20T00:00:00Z",
  summary: `Summary of ${id}`,
  affected: [
    {
      package: { ecosystem: "PyPI", name: "homeassistant", purl: "pkg:pypi/homeassistant" },
      ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed }] }],
    },
  ],
  ...more,
});
