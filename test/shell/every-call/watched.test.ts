import { everyCallFails } from "./every-call";

await everyCallFails("watched");
