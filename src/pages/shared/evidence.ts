import type { VNode } from "snabbdom";
import browser from "webextension-polyfill";
import { evidenceName, writeEvidence } from "../../core/incident/evidence";
import type { Incident } from "../../core/incident/incident";
import { button } from "./parts";
import { saveFile } from "./save";

/** A button that saves the evidence of a warning, to show it to others. */
export const evidenceButton = (incident: Incident): VNode =>
  button("buttonSave", "plain", () => {
    saveFile(evidenceName(incident), writeEvidence(incident, Date.now(), browser.runtime.getManifest().version));
  });
