"use client";
/** `@kindred/next/refresh-page`: the page that refreshes by script and goes back. */

import { createElement, Fragment, useEffect, useState } from "react";
import { createClient, KindredError, type Client } from "@kindred/client";
import { safeReturnTo } from "./request.js";

export interface RefreshPageProps {
  /** Where to go back to: the page's parameter `returnTo`. Only paths of this application are followed. */
  returnTo: string;
  loginPath?: string;
  refreshPath?: string;
  /** Shown while the server cannot be reached. */
  offline?: React.ReactNode;
  /** For pages that have one already. */
  client?: Client;
}

/** Renders nothing to look at: a refresh takes a moment. Without script the browser is sent to the proxy's own refresh. */
export function RefreshPage({ returnTo, loginPath = "/login", refreshPath = "/session/refresh", offline, client }: RefreshPageProps) {
  const [isOffline, setOffline] = useState(false);
  const way = `?returnTo=${encodeURIComponent(returnTo)}`;
  useEffect(() => {
    const own = client ?? createClient({ url: location.origin, transport: "cookie" });
    const leave = (path: string) => location.replace(safeReturnTo(path, location.origin));
    own.refresh().then(
      () => leave(returnTo),
      (error: unknown) => {
        if (error instanceof KindredError && error.status === 401) leave(`${loginPath}${way}`);
        else setOffline(true);
      },
    );
    return () => {
      if (!client) own.close();
    };
  }, [client, loginPath, returnTo, way]);
  const url = `${refreshPath}${way}&noscript=1`;
  const html = { __html: `<meta http-equiv="refresh" content="0; url=${url.replace(/&/g, "&amp;")}">` };
  return createElement(
    Fragment,
    null,
    createElement("noscript", { dangerouslySetInnerHTML: html }),
    isOffline ? offline : null,
  );
}
