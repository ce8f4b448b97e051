//! The addresses of the relay: every one of them is tried (RFC 5321 §5.1), without waiting for one that does not answer
//! until the time is over (RFC 8305).

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::sleep;

/// The longest time after which the next address is tried as well. It is longer than RFC 8305 §5 recommends, because an
/// attempt is a whole greeting and not only a TCP connection.
const LONGEST_DELAY: Duration = Duration::from_secs(1);

/// In turns by family (RFC 8305 §4), beginning with the one that was reached last or, without one, with the resolver's
/// first.
pub(super) fn in_turns(found: Vec<SocketAddr>, last: Option<SocketAddr>) -> Vec<SocketAddr> {
    let first = last.filter(|last| found.contains(last)).or_else(|| found.first().copied());
    let Some(first) = first else { return found };
    let others = found.into_iter().filter(|address| *address != first);
    let (mut same, mut other): (Vec<_>, Vec<_>) =
        others.partition(|address| address.is_ipv4() == first.is_ipv4());
    let mut order = vec![first];
    same.reverse();
    other.reverse();
    while !(same.is_empty() && other.is_empty()) {
        order.extend(other.pop());
        order.extend(same.pop());
    }
    order.dedup();
    order
}

/// Tries the addresses until one is reached. The next one is tried as soon as one fails, and beside those that take
/// longer than their share of the time.
///
/// # Errors
/// Those of all addresses, in the order in which they failed.
pub(super) async fn reach<T, E, F>(
    addresses: &[SocketAddr],
    time: Duration,
    attempt: impl Fn(SocketAddr) -> F,
) -> Result<(SocketAddr, T), Vec<E>>
where
    F: Future<Output = Result<T, E>>,
{
    let share = time / u32::try_from(addresses.len() + 1).unwrap_or(u32::MAX);
    let attempt = |address| attempt(address).map(move |result| (address, result));
    let mut waiting = addresses.iter().copied();
    let mut attempts = FuturesUnordered::new();
    let mut errors = Vec::new();
    loop {
        let next = waiting.next();
        attempts.extend(next.map(&attempt));
        let mut delay = pin!(sleep(share.min(LONGEST_DELAY)));
        let ended = tokio::select! {
            ended = attempts.next() => ended,
            () = &mut delay, if waiting.len() > 0 => continue,
        };
        match ended {
            Some((address, Ok(reached))) => return Ok((address, reached)),
            Some((_, Err(error))) => errors.push(error),
            None => return Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| format!("{text}:25").parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns() {
        let found = addresses(&["[::1]", "[::2]", "[::3]", "127.0.0.1", "127.0.0.2"]);
        assert_eq!(
            in_turns(found.clone(), None),
            addresses(&["[::1]", "127.0.0.1", "[::2]", "127.0.0.2", "[::3]"])
        );
        let last = addresses(&["127.0.0.2", "127.0.0.3"]);
        assert_eq!(
            in_turns(found.clone(), Some(last[0])),
            addresses(&["127.0.0.2", "[::1]", "127.0.0.1", "[::2]", "[::3]"])
        );
        assert_eq!(in_turns(found.clone(), Some(last[1])), in_turns(found, None), "it is gone");
        assert_eq!(in_turns(Vec::new(), None), []);
    }

    #[tokio::test]
    async fn an_address_that_hangs_keeps_none_from_being_tried() {
        let found = addresses(&["127.0.0.1", "127.0.0.2", "127.0.0.3"]);
        let attempt = |address: SocketAddr| {
            let place = found.iter().position(|found| *found == address);
            async move {
                match place {
                    Some(0) => std::future::pending().await,
                    Some(1) => Err("refused"),
                    _ => Ok("reached"),
                }
            }
        };
        let reached = reach(&found, Duration::from_millis(80), attempt).await;
        assert_eq!(reached, Ok((found[2], "reached")));
    }

    #[tokio::test]
    async fn all_failures_are_told() {
        let found = addresses(&["127.0.0.1", "127.0.0.2"]);
        let attempt = async |address: SocketAddr| Err::<(), _>(address);
        assert_eq!(reach(&found, Duration::from_secs(2), attempt).await, Err(found));
        assert_eq!(reach(&[], Duration::from_secs(2), async |_| Ok::<(), ()>(())).await, Err(Vec::new()));
    }
}
