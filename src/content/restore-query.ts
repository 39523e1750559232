// Runs in a guarded instance's page before the page's own scripts: puts back the query that Guard kept from being sent.
import { withCode } from "../core/request/moved-query";

const restored = withCode(location.href);
if (restored !== undefined) history.replaceState(history.state, "", restored);
