/** Maximum characters of a note that the user writes on a pin. Not in the pin's schema, which pages don't need. */
export const MAX_NOTE = 200;
