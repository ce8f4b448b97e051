use std::io::Read;
use std::net::TcpListener;

use super::*;

/// A connection's two ends: the server's and the client's.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().unwrap().0, client)
}

fn is_closed(client: &mut TcpStream) -> bool {
    client.set_nonblocking(true).unwrap();
    matches!(client.read(&mut [0]), Ok(0))
}

#[test]
fn the_longest_idle_one_is_closed_and_no_busy_one() {
    let mut state = State::default();
    let mut clients = Vec::new();
    let mut enter = |state: &mut State| {
        let (server, client) = pair();
        clients.push(client);
        state.enter(server, 3)
    };
    let [first, second, third] = [enter(&mut state), enter(&mut state), enter(&mut state)];
    state.work(first);
    state.work(second);
    state.rest(second);
    enter(&mut state);
    assert!(is_closed(&mut clients[2]), "the first works, the second was used later");
    assert!(!is_closed(&mut clients[0]) && !is_closed(&mut clients[1]));

    // What is on its way out makes room already, once.
    state.leave(third);
    assert_eq!((state.open.len(), state.closing, state.idle.len()), (3, 0, 2));
    state.rest(first);
    state.leave(first);
    state.leave(first);
    assert_eq!((state.open.len(), state.closing, state.idle.len()), (2, 0, 2));
}

#[test]
fn where_all_are_busy_none_is_closed() {
    let mut state = State::default();
    let (server, mut client) = pair();
    let id = state.enter(server, 1);
    state.work(id);
    let (server, mut other) = pair();
    let other_id = state.enter(server, 1);
    assert!(!is_closed(&mut client) && is_closed(&mut other), "only the new one is idle");
    state.leave(other_id);
    state.leave(id);
    assert!(state.open.is_empty() && state.idle.is_empty() && state.closing == 0);
}

#[test]
fn the_longest_handshake_is_closed_and_no_connection_in_use() {
    let mut state = State::default();
    let mut clients = Vec::new();
    let mut enter = |state: &mut State| {
        let (server, client) = pair();
        clients.push(client);
        let id = state.enter(server, 100);
        state.shake_hands(id, 2);
        id
    };
    let used = enter(&mut state);
    state.finish_handshake(used);
    let [slow, other] = [enter(&mut state), enter(&mut state)];
    let third = enter(&mut state);
    assert!(is_closed(&mut clients[1]), "the longest");
    assert!(!is_closed(&mut clients[0]) && !is_closed(&mut clients[2]) && !is_closed(&mut clients[3]));
    // One that was closed and finishes all the same is on its way out.
    state.finish_handshake(slow);
    assert_eq!((state.handshakes.len(), state.closing, state.idle.len()), (2, 1, 1));
    state.finish_handshake(third);
    for id in [used, slow, other, third] {
        state.leave(id);
    }
    assert!(
        state.open.is_empty() && state.handshakes.is_empty() && state.idle.is_empty() && state.closing == 0
    );
}

#[test]
fn the_bound_follows_the_limit_of_open_files() {
    let server = |workers: &str, connections: &str| {
        let environment = [
            ("KINDRED_SERVER__WORKERS".to_owned(), workers.to_owned()),
            ("KINDRED_SERVER__MAX_CONNECTIONS".to_owned(), connections.to_owned()),
        ];
        config::Config::from_sources(None, environment).unwrap().server
    };
    let capacity = Capacity::of(&server("2", "25000"), 10, 1_024);
    assert_eq!(capacity, Capacity { per_worker: 205, comfortable: 359 });
    assert_eq!(
        Capacity::of(&server("2", "100"), 10, 1_024).per_worker,
        100,
        "the setting is the upper bound"
    );
    assert_eq!(Capacity::of(&server("4", "25000"), 10, u64::MAX).comfortable, 87_500);
    assert_eq!(Capacity::of(&server("2", "25000"), 10, 64).per_worker, 8);
    assert_eq!(Capacity::of(&server("1", "1"), 10, 64), Capacity { per_worker: 1, comfortable: 1 });
}
