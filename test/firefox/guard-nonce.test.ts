// An attacker who has read a probe, and uses its nonce for requests of other sites' pages.
import { expect, it } from "vitest";
import { isOpen } from "../../src/core/incident/incident";
import { attack } from "../lab/attacker";
import { UNRELATED } from "../lab/lab";
import { NAIVE } from "../lab/strategies";
import { until } from "../lab/until";
import { firefox, lab, useBrowser } from "./browser";
import { incidents, openInstance, post, untilArrived } from "./guarded";

useBrowser();

it("lets no page of the attacker's through because its address has the nonce of a probe", async () => {
  const { instance, page } = await openInstance(lab, firefox, true);
  let nonce: string | undefined;
  let forms = 0;
  const loot = await attack(lab, instance, (tools) => {
    tools.answers = (request) => {
      const found = /latchkey=[0-9a-f]{32}/u.exec(request.url ?? "")?.[0];
      const isForm = request.headers["content-type"]?.includes("form") === true;
      if (isForm) forms++;
      nonce ??= found;
      return isForm ? "answer" : new Promise(() => undefined);
    };
    return NAIVE(tools);
  });
  const posted = post(page);
  const other = await firefox.context.newPage();
  await other.goto(`https://${UNRELATED}/`);
  const read = await until(
    () => nonce,
    (found) => found !== undefined,
  );
  const action = `${instance.url}auth/any?${String(read)}`;
  const arrived = untilArrived(other, new RegExp(`${instance.host}|blocked`, "u"));
  await other.evaluate(`(() => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: '${action}' });
    document.body.append(form);
    form.submit();
  })()`);
  await arrived;
  expect(other.url()).toContain("blocked.html");
  expect(await posted).toBe("stopped");
  await until(
    async () => (await incidents(firefox, instance)).filter(isOpen),
    (open) => open.length > 0,
  );
  expect([loot.secrets(), forms]).toEqual([0, 0]);
});
