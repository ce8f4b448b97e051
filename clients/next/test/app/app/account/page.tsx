import { sessions } from "@kindred/next/session";
import { kindred } from "../../kindred";

const { requireSession } = sessions(kindred);

export const dynamic = "force-dynamic";

export default async function Account() {
  const { userId } = await requireSession({ returnTo: "/account" });
  return <h1>Account of {userId}</h1>;
}
