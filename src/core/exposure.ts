// What whoever answered has had of this browser: what reached him, and what of his was let in.
import * as z from "zod/mini";
import { SECRET_KIND, type SecretKind } from "./secret-kinds";
import { text, type PlainKey, type Text } from "./message-key";
import type { Verdict } from "./verdict";

/** How far answers came: a document, script or worker was let in; only other things; or each one was stopped. */
export const REACH = z.enum(["stopped", "passive", "active"]);
export type Reach = z.infer<typeof REACH>;
const FARTHEST: readonly Reach[] = ["active", "passive", "stopped"];

export const EXPOSURE_RECORD = z.strictObject({
  reach: REACH,
  carried: z.array(SECRET_KIND),
  /** Whether a request was answered whose headers nobody had looked at. */
  unseen: z.boolean(),
});
export type Exposure = z.infer<typeof EXPOSURE_RECORD>;

interface Answered {
  /** Firefox's resource type, and its tab; -1 for a worker's. */
  readonly type: string;
  readonly tabId: number;
  /** What the request carried; `undefined` where it was sent before anybody looked. */
  readonly carried: readonly SecretKind[] | undefined;
  readonly stopped: boolean;
}

/** Our own probe carries nothing, and its answer reaches no page. Only Guard stops what would come after it. */
export const NOT_EXPOSED: Exposure = { reach: "stopped", carried: [], unseen: false };
export const NOT_EXPOSED_YET: Exposure = { ...NOT_EXPOSED, reach: "passive" };

/** What runs on the house's origin, and so reads all that is stored there. */
const ACTIVE = new Set(["main_frame", "sub_frame", "script", "object", "object_subrequest", "xslt"]);

/** What one answer led to. What a worker fetches may be a script that it keeps for later: Home Assistant's does so. */
export function exposureOf({ type, tabId, carried, stopped }: Answered): Exposure {
  const isActive = ACTIVE.has(type) || (tabId === -1 && type === "xmlhttprequest");
  const opened: SecretKind[] = type === "websocket" && !stopped ? ["messages"] : [];
  return {
    reach: stopped ? "stopped" : isActive ? "active" : "passive",
    carried: [...(carried ?? []), ...opened],
    unseen: carried === undefined,
  };
}

/** Both together. What was recorded before anybody kept count (`undefined`) counts as not seen. */
export const mergeExposures = (one: Exposure | undefined, other: Exposure | undefined): Exposure => {
  const both = [one, other].filter((exposed) => exposed !== undefined);
  return {
    reach: FARTHEST.find((reach) => both.some((exposed) => exposed.reach === reach)) ?? "stopped",
    carried: [...new Set(both.flatMap(({ carried }) => carried))],
    unseen: both.length < 2 || both.some(({ unseen }) => unseen),
  };
};

/** What the user is told of an incident's exposure, with the worst first. */
export type ExposureLevel =
  /** Somebody's script had the run of what is stored here. */
  | "taken"
  /** Nobody looked at what left. */
  | "unknown"
  /** No script, but requests carried secrets. */
  | "carried"
  /** A guarded request with a secret was taken and not answered. */
  | "perhaps"
  /** What left carried no secret. */
  | "nothing";

interface Told {
  readonly verdict: Verdict;
  readonly exposed?: Exposure;
}

/** The first that fits wins, so the order is the policy: never less than what may have happened. */
const RULES: readonly (readonly [ExposureLevel, (told: Told) => boolean])[] = [
  ["perhaps", ({ verdict }) => verdict.kind === "unanswered" && verdict.carried === "secret"],
  ["nothing", ({ verdict }) => verdict.kind === "unanswered" || verdict.kind === "logged"],
  ["taken", ({ exposed }) => exposed?.reach === "active"],
  ["unknown", ({ exposed }) => exposed === undefined || exposed.unseen],
  ["carried", ({ exposed }) => exposed !== undefined && exposed.carried.length > 0],
];
export const exposureLevelOf = (told: Told): ExposureLevel => RULES.find(([, fits]) => fits(told))?.[0] ?? "nothing";

/** Whether every answer was stopped: what Guard does. */
export const wasStopped = ({ exposed }: Told): boolean => exposed?.reach === "stopped";

/** @param secrets - the names of those that were sent, in the user's language */
export const exposureText = (exposure: ExposureLevel, secrets: readonly string[]): Text =>
  exposure === "carried" ? text("exposureCarried", { secrets }) : text(EXPOSURE[exposure]);

const EXPOSURE: Readonly<Record<Exclude<ExposureLevel, "carried">, PlainKey>> = {
  taken: "exposureTaken",
  unknown: "exposureUnknown",
  perhaps: "exposurePerhaps",
  nothing: "exposureNothing",
};

export const CARRIED_WORDS: Readonly<Record<SecretKind, PlainKey>> = {
  login: "carriedLogin",
  token: "carriedToken",
  code: "carriedCode",
  "address-token": "carriedAddressToken",
  cookie: "carriedCookie",
  change: "carriedChange",
  messages: "carriedMessages",
};
