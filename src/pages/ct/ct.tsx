// Log monitoring of one instance. Firefox's permissions are asked for in the click itself.
import browser from "webextension-polyfill";
import { parseAddress, type Address } from "../../core/address";
import { pemOf } from "../../core/incident/evidence";
import { identityOf, type Issuance } from "../../core/ct/issuance";
import { CRT_SH, CERT_SPOTTER } from "../../core/hosts";
import { consentFor, type Service } from "../../core/ct/paging";
import { call, type CtReply } from "../../shell/messages/calls";
import { textOf } from "../shared/certificate-text";
import { beginPage, drawPage, oneAtATime } from "../shared/page";
import { ctBody } from "./ct-body";
import { rowsOf, type Row } from "./ct-rows";
import type { Details } from "./ct-details";
import { askSecondOpinion, type Second } from "./ct-second";
import { saveFile } from "../shared/save";

const subject = parseAddress(new URLSearchParams(location.search).get("address") ?? "");
let reply: CtReply | undefined;
let rows: readonly Row[] = [];
const SLICE = 100;
let count = SLICE;
let busy = false;
let open: Details | undefined;
let second: Second | undefined;

/** Asks Firefox in a click for the service's host, and for consent to send a host name. */
const ask = (service: Service): Promise<boolean> => browser.permissions.request(consentFor(service));

function draw(address: Address): void {
  if (reply === undefined) return;
  drawPage(
    ctBody(
      { address, reply, rows, drawn: count, busy, open, second },
      {
        set: (on) => void set(address, on),
        check: () => void check(address),
        markReviewed: (until) => void act(address, call("ct.reviewed", { address, until })),
        wildcardRead: () => void act(address, call("ct.wildcard-read", { address })),
        more: () => {
          count += SLICE;
          draw(address);
        },
        toggle: (issuance) => void toggle(address, issuance),
        savePem: ({ sha256, der }) => {
          saveFile(`${sha256.slice(0, 16)}.pem`, pemOf(der ?? ""), "application/x-pem-file");
        },
        askSecond: () => void askSecond(address),
      },
    ),
  );
}

/** When the last instance is switched off, the background gives the permission back. */
async function set(address: Address, on: boolean): Promise<void> {
  const stored = call("ct.set", { address, on });
  if (on && !(await ask(CERT_SPOTTER))) {
    await stored;
    await call("ct.set", { address, on: false });
  }
  await stored;
  await refresh();
}

async function check(address: Address): Promise<void> {
  busy = true;
  draw(address);
  await call("ct.check", { address });
  busy = false;
  await refresh();
}

async function toggle(address: Address, issuance: Issuance): Promise<void> {
  const { der } = issuance;
  const isOpen = open !== undefined && identityOf(open.issuance) === identityOf(issuance);
  open = isOpen ? undefined : { issuance, text: undefined, pem: der === undefined ? undefined : pemOf(der) };
  draw(address);
  if (open === undefined || der === undefined) return;
  const text = await textOf(der);
  if (identityOf(open.issuance) === identityOf(issuance)) open = { ...open, text };
  draw(address);
}

async function askSecond(address: Address): Promise<void> {
  const isAllowed = await ask(CRT_SH);
  if (!isAllowed || reply?.ours === undefined) return;
  second = { kind: "asking" };
  draw(address);
  second = await askSecondOpinion(address, reply.issuances, reply.ours);
  await call("ct.second-end", {});
  await refresh();
}

async function act(address: Address, done: Promise<unknown>): Promise<void> {
  await done;
  await refresh();
  draw(address);
}

// A run writes page after page.
const refresh = oneAtATime(async () => {
  if (!subject.ok) return;
  reply = await call("ct.read", { address: subject.value });
  rows = rowsOf(reply);
  draw(subject.value);
});

void beginPage("titleCt", refresh);
