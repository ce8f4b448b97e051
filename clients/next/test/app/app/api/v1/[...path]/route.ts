import { apiProxy } from "@kindred/next/api";
import { kindred } from "../../../../kindred";

export const { GET, HEAD, POST, PUT, PATCH, DELETE } = apiProxy(kindred);
export const dynamic = "force-dynamic";
