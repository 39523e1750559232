import { everyCallFails } from "./every-call";

await everyCallFails("guarded-closed");
