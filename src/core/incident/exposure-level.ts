import type { Exposure } from "../request/exposure";
import { text, type PlainKey, type Text } from "../message-key";
import type { SecretKind } from "../request/secret-kinds";
import type { Verdict } from "./verdict";

/** The levels of an incident's exposure that the user sees, the worst first. */
export type ExposureLevel =
  /** A script of someone else could read everything that is stored here. */
  | "taken"
  /** Latchkey doesn't know what was sent. */
  | "unknown"
  /** No script, but requests carried secrets. */
  | "carried"
  /** Someone took a guarded request with a secret and didn't answer. */
  | "perhaps"
  /** What was sent carried no secret. */
  | "nothing";

interface Judged {
  readonly verdict: Verdict;
  readonly exposed?: Exposure;
}

/** The first rule that fits wins, so the order is the policy: never say less than what may have happened. */
const RULES: readonly (readonly [ExposureLevel, (judged: Judged) => boolean])[] = [
  ["perhaps", ({ verdict }) => verdict.kind === "unanswered" && verdict.carried === "secret"],
  ["nothing", ({ verdict }) => verdict.kind === "unanswered" || verdict.kind === "logged"],
  ["taken", ({ exposed }) => exposed?.reach === "active"],
  ["unknown", ({ exposed }) => exposed === undefined || exposed.unseen],
  ["carried", ({ exposed }) => exposed !== undefined && exposed.carried.length > 0],
];
export const exposureLevelOf = (judged: Judged): ExposureLevel =>
  RULES.find(([, fits]) => fits(judged))?.[0] ?? "nothing";

/** Whether every answer was blocked, as Guard does. */
export const wasStopped = ({ exposed }: Judged): boolean => exposed?.reach === "stopped";

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
