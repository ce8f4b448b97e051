/** What tabs of one origin tell each other. No token and no key leaves the store by this way. */
export function broadcastChannel(name) {
    const channel = new BroadcastChannel(name);
    return {
        post: (message) => channel.postMessage(message),
        onMessage: (run) => (channel.onmessage = ({ data }) => run(data)),
        close: () => channel.close(),
    };
}
