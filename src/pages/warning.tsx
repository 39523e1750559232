// What every page that speaks of an incident shows of it.
import { jsx, type VNode } from "snabbdom";
import type { Address } from "../core/address";
import { keyOf, type Closing, type Incident } from "../core/incident";
import type { MessageKey } from "../core/message-key";
import type { Pin } from "../core/pin";
import type { Verdict } from "../core/verdict";
import { say } from "../shell/text";
import { button, digest, soft, time } from "./parts";

/** What answered beside what is pinned, group by group; groups that differ are marked. */
export function comparison(pins: readonly Pin[], { samples, first, count }: Incident): VNode {
  const leaf = samples.at(-1)?.handshake?.leaf;
  const pinned = pins[0]?.fingerprint;
  return (
    <section>
      {leaf === undefined || pinned === undefined ? [] : [soft(say("labelYourHouse")), digest(pinned)]}
      {soft(say("labelAnswered", time(first), String(count)))}
      {leaf === undefined ? undefined : digest(pinned?.length === 64 ? leaf.sha256 : leaf.sha1, pinned)}
    </section>
  );
}

type Kind = "interception" | "plain" | "unanswered";

const stepsOf = ({ kind }: Verdict): Kind =>
  kind === "plaintext" ? "plain" : kind === "unanswered" ? "unanswered" : "interception";

const STEPS: Readonly<Record<Kind, readonly MessageKey[]>> = {
  interception: ["stepDoNotLogIn", "stepCompare", "stepRenewal", "stepSignOut"],
  plain: ["stepDoNotLogIn", "stepEncrypted", "stepSignOutPlain"],
  unanswered: ["stepWasOnline", "stepSignOutUnanswered"],
};
const EXPOSED: Readonly<Record<Kind, MessageKey>> = {
  interception: "exposed",
  plain: "exposedPlain",
  unanswered: "exposedUnanswered",
};

export interface StepActions {
  readonly close: (address: Address, key: string, how: Closing) => void;
  /** "It is my new certificate": asks for the fingerprint read at home. */
  readonly newCertificate: (address: Address) => void;
}

/** What to do now, in order, and the ways to close the incident. */
export function steps(incident: Incident, { close, newCertificate }: StepActions): VNode {
  const { address, verdict } = incident;
  const end = (how: Closing) => () => {
    close(address, keyOf(incident), how);
  };
  const kind = stepsOf(verdict);
  return (
    <section>
      <h2>{say("headSteps")}</h2>
      <ol>
        {STEPS[kind].map((step) => (
          <li>{say(step)}</li>
        ))}
      </ol>
      <p attrs={{ class: "soft" }}>{say(EXPOSED[kind])}</p>
      <div attrs={{ class: "row" }}>
        {kind !== "interception"
          ? undefined
          : button("buttonNewCertificate", "link", () => {
              newCertificate(address);
            })}
        {kind === "interception"
          ? button("buttonDone", "link", end("done"))
          : button("buttonUnderstood", "link", end("understood"))}
      </div>
    </section>
  );
}
