import { identity } from "../identity";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <output>{JSON.stringify(await identity())}</output>;
}
