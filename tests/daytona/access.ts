/** The only key that is let in. */
export const API_KEY = "dtn_stand_in";
/** The first part of every context's key in the bucket. */
export const ORGANIZATION = "3f1c6a52-7a0e-4a8e-9a35-0f6d3c0b7d11";
/** Where sandboxes and snapshots are that ask for no region. */
export const REGION = "us";
