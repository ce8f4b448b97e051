import { RefreshPage } from "@kindred/next/refresh-page";

export default async function Refresh({ searchParams }: { searchParams: Promise<{ returnTo?: string }> }) {
  const { returnTo = "/" } = await searchParams;
  return <RefreshPage returnTo={returnTo} offline={<p>You are offline.</p>} />;
}
