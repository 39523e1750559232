// A server that speaks HTTP/3, which Node can't do.
import type { Issued } from "./authority";
import { startCaddy, type Caddy } from "./caddy";

/** @param onward - port on this machine for all requests, with any certificate there */
export const startHttp3 = (host: string, certificate: Issued, onward: number): Promise<Caddy> =>
  startCaddy(host, certificate, onward, { protocols: ["h1", "h2", "h3"] });
