/** What tabs of one origin tell each other. No token and no key leaves the store by this way. */

export interface Message {
  epoch: number;
  /** The newest generation that is stored. */
  generation: number;
}

export interface Channel {
  post(message: Message): void;
  onMessage(run: (message: Message) => void): void;
  close(): void;
}

export function broadcastChannel(name: string): Channel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    onMessage: (run) => (channel.onmessage = ({ data }: MessageEvent<Message>) => run(data)),
    close: () => channel.close(),
  };
}
