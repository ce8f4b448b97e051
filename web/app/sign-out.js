/** Ends the session of this browser. */

import { client } from "./client.js";
import { page } from "./config.js";
import { describe } from "./problems.js";
import { toast } from "./ui/toast.js";

export async function signOut() {
  try {
    await client.logout();
    location.replace(page("/login"));
  } catch (error) {
    toast(describe(error).text);
  }
}
