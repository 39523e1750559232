// `npm start`: a house and an attacker on loopback, in a real Firefox with the extension. With a screen it stays open,
// with a page of buttons; without one, or with `--tour`, it walks the story by itself.
import { startFirefox } from "../test/lab/firefox-session";
import { startLab } from "../test/lab/lab";
import { build } from "./build";
import { offerButtons } from "./start-buttons";
import { walkTour } from "./start-tour";

const hasScreen =
  process.platform !== "linux" || process.env["DISPLAY"] !== undefined || process.env["WAYLAND_DISPLAY"] !== undefined;
const isTour = !hasScreen || process.argv.includes("--tour");

console.log("Building the extension …");
await build();
console.log("Making certificates, starting the house and the attacker …");
const lab = await startLab();
const house = await lab.house();
console.log("Starting Firefox …");
const firefox = await startFirefox(lab, { headless: isTour });
await (isTour ? walkTour(lab, house, firefox) : offerButtons(lab, house, firefox));
await firefox.close();
await lab.close();
