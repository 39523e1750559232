// What an attacker got: the requests that reached them, and the answers that pages received.
import * as z from "zod/mini";
import { SECRET_KIND, type SecretKind } from "./secret-kinds";

/** How far answers came: a document, script or worker was let in; only other things; or all were blocked. */
export const REACH = z.enum(["stopped", "passive", "active"]);
export type Reach = z.infer<typeof REACH>;
const FARTHEST: readonly Reach[] = ["active", "passive", "stopped"];

export const EXPOSURE_RECORD = z.strictObject({
  reach: REACH,
  carried: z.array(SECRET_KIND),
  /** Whether a request was answered whose headers Latchkey didn't see. */
  unseen: z.boolean(),
});
export type Exposure = z.infer<typeof EXPOSURE_RECORD>;

interface Answered {
  /** Firefox's resource type, and its tab; -1 for a worker's. */
  readonly type: string;
  readonly tabId: number;
  /** What the request carried; `undefined` if it was sent before Latchkey watched. */
  readonly carried: readonly SecretKind[] | undefined;
  readonly stopped: boolean;
}

/** Our own probe carries nothing, and its answer reaches no page. Only Guard blocks the requests after it. */
export const NOT_EXPOSED: Exposure = { reach: "stopped", carried: [], unseen: false };
export const NOT_EXPOSED_YET: Exposure = { ...NOT_EXPOSED, reach: "passive" };

/** Types that run on the instance's origin, and so can read all that is stored there. */
const ACTIVE = new Set(["main_frame", "sub_frame", "script", "object", "object_subrequest", "xslt"]);

/**
 * The exposure by one answer. A file that a worker fetches may be a script that it stores: Home Assistant's worker does
 * so.
 */
export function exposureOf({ type, tabId, carried, stopped }: Answered): Exposure {
  const isActive = ACTIVE.has(type) || (tabId === -1 && type === "xmlhttprequest");
  const opened: SecretKind[] = type === "websocket" && !stopped ? ["messages"] : [];
  return {
    reach: stopped ? "stopped" : isActive ? "active" : "passive",
    carried: [...(carried ?? []), ...opened],
    unseen: carried === undefined,
  };
}

/** Both combined. A record of an older version (`undefined`) counts as not seen. */
export const mergeExposures = (one: Exposure | undefined, other: Exposure | undefined): Exposure => {
  const both = [one, other].filter((exposed) => exposed !== undefined);
  return {
    reach: FARTHEST.find((reach) => both.some((exposed) => exposed.reach === reach)) ?? "stopped",
    carried: [...new Set(both.flatMap(({ carried }) => carried))],
    unseen: both.length < 2 || both.some(({ unseen }) => unseen),
  };
};
