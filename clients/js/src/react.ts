/** `@kindred/client/react`: the session in React components. */

import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from "react";
import type { Client } from "./client.js";
import type { Fetch } from "./requests.js";
import type { State } from "./session.js";
import { fetchWithStepUp, type Proof, type Question } from "./step-up.js";

const Context = createContext<Client | undefined>(undefined);

/** Gives the components below it a client, and finds the session of an earlier visit. */
export function KindredProvider({ client, children }: { client: Client; children?: ReactNode }) {
  useEffect(() => {
    // Without a network the status stays `unknown`; the application shows that and may try again.
    client.restore().catch(() => {});
  }, [client]);
  return createElement(Context.Provider, { value: client }, children);
}

export function useKindred(): Client {
  const client = useContext(Context);
  if (!client) throw new Error("useKindred needs a KindredProvider above it");
  return client;
}

const UNKNOWN: State = { status: "unknown" };

/** The state of the session. On a server it is `unknown`. */
export function useSession(): State {
  const client = useKindred();
  return useSyncExternalStore(client.subscribe, client.state, () => UNKNOWN);
}

export interface StepUpDialog {
  /** `client.fetch`, with the dialog where a recent authentication is required. */
  fetch: Fetch;
  /** Show a dialog while there is a question. */
  question: Question | undefined;
  answer(proof: Proof): void;
  dismiss(): void;
}

/** A step-up as a dialog of the component. Its component goes away: the question counts as dismissed. */
export function useStepUp(): StepUpDialog {
  const client = useKindred();
  const [question, setQuestion] = useState<Question>();
  const resolve = useRef<(proof?: Proof) => void>(undefined);
  const settle = useCallback((proof?: Proof) => {
    setQuestion(undefined);
    resolve.current?.(proof);
    resolve.current = undefined;
  }, []);
  useEffect(() => () => resolve.current?.(), []);
  const fetch = useMemo(() => {
    const ask = (question: Question) =>
      new Promise<Proof | undefined>((done) => {
        resolve.current = done;
        setQuestion({ ...question });
      });
    return fetchWithStepUp(client, ask);
  }, [client]);
  return { fetch, question, answer: settle, dismiss: () => settle() };
}
