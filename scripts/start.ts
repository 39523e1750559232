// `npm start`: an instance and an attacker on loopback, in a real Firefox with the extension. With a screen, it stays
// open with a page of buttons. Without a screen, or with `--tour`, it takes a tour without a user.
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
console.log("Making certificates, starting the instance and the attacker …");
const lab = await startLab();
const instance = await lab.instance();
console.log("Starting Firefox …");
const firefox = await startFirefox(lab, { headless: isTour });
await (isTour ? walkTour(lab, instance, firefox) : offerButtons(lab, instance, firefox));
await firefox.close();
await lab.close();
