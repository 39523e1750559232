/** A header of a request or a response, as webRequest has it. */
export interface Header {
  name: string;
  value?: string;
}
