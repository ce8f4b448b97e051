use std::future::Future;
use std::pin::{Pin, pin};

use futures_util::poll;

use super::*;

type Entry<'a> = Pin<Box<dyn Future<Output = Result<Place, Overloaded>> + 'a>>;

fn network(last: u8) -> Sharer {
    Sharer::client(IpAddr::from([192, 0, 2, last]))
}

fn pool(places: usize, waiting: usize, share: usize) -> Pool {
    Pool::new(Size { places, waiting, share })
}

async fn asked(pool: &Pool, sharer: Sharer) -> Entry<'_> {
    let mut entry: Entry<'_> = Box::pin(pool.enter_as(sharer));
    assert!(poll!(entry.as_mut()).is_pending(), "no place is free");
    entry
}

#[tokio::test]
async fn those_who_wait_take_turns() {
    let pool = pool(1, 10, 1);
    let place = pool.enter_as(network(1)).await.unwrap();
    let mut many = Vec::new();
    for _ in 0..5 {
        many.push(asked(&pool, network(1)).await);
    }
    let mut one = asked(&pool, network(2)).await;
    drop(place);
    let place = many.remove(0).await.unwrap();
    drop(place);
    assert!(poll!(many[0].as_mut()).is_pending(), "it is another's turn");
    drop(one.as_mut().await.unwrap());
    drop(many.remove(0).await.unwrap());
}

#[tokio::test]
async fn a_full_queue_makes_room_for_a_client_with_fewer_requests() {
    let pool = pool(1, 3, 1);
    let _place = pool.enter_as(network(1)).await.unwrap();
    let mut many = Vec::new();
    for _ in 0..3 {
        many.push(asked(&pool, network(1)).await);
    }
    assert_eq!(pool.enter_as(network(1)).await.unwrap_err(), Overloaded, "they displace none of their own");
    let other = asked(&pool, network(2)).await;
    assert_eq!(many.pop().unwrap().await.unwrap_err(), Overloaded, "the youngest of who has the most");
    let third = asked(&pool, network(3)).await;
    assert_eq!(many.pop().unwrap().await.unwrap_err(), Overloaded);
    assert_eq!(pool.enter_as(network(4)).await.unwrap_err(), Overloaded, "each has one now");
    assert_eq!(pool.waiting(), 3);
    drop((many, other, third));
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test]
async fn no_one_holds_more_than_a_share() {
    let pool = pool(4, 10, 2);
    let first = pool.enter_as(network(1)).await.unwrap();
    let _second = pool.enter_as(network(1)).await.unwrap();
    let mut third = asked(&pool, network(1)).await;
    let other = pool.enter_as(network(2)).await.unwrap();
    drop(other);
    assert!(poll!(third.as_mut()).is_pending(), "a free place of the others' is not theirs");
    drop(first);
    assert!(third.await.is_ok());
}

#[tokio::test]
async fn who_leaves_the_queue_takes_no_place() {
    let pool = pool(1, 10, 1);
    let place = pool.enter_as(network(1)).await.unwrap();
    let gone = asked(&pool, network(2)).await;
    let stays = asked(&pool, network(3)).await;
    drop(gone);
    assert_eq!(pool.waiting(), 1);
    drop(place);
    drop(stays.await.unwrap());
    // Dropped after it was given a place and before it was polled.
    let place = pool.enter_as(network(1)).await.unwrap();
    let gone = asked(&pool, network(2)).await;
    drop(place);
    drop(gone);
    assert!(pool.enter_as(network(3)).await.is_ok(), "the place came back");
}

#[tokio::test]
async fn a_client_that_hangs_up_waits_no_longer() {
    let pool = pool(1, 10, 1);
    let _place = pool.enter_as(network(1)).await.unwrap();
    let (request, waiting) = Request::new(network(2));
    let mut entry = pin!(request.scope(pool.enter()));
    assert!(poll!(entry.as_mut()).is_pending());
    drop(waiting);
    assert_eq!(entry.await.unwrap_err(), Overloaded);
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test]
async fn a_closed_pool_waits_for_what_goes_on() {
    let pool = pool(1, 10, 1);
    let place = pool.enter_as(network(1)).await.unwrap();
    let waiting = asked(&pool, network(2)).await;
    let mut closed = pin!(pool.close());
    assert!(poll!(closed.as_mut()).is_pending());
    assert_eq!(waiting.await.unwrap_err(), Overloaded);
    drop(place);
    closed.await;
    assert_eq!(pool.enter_as(network(3)).await.unwrap_err(), Overloaded);
}

#[tokio::test]
async fn a_request_is_its_networks_until_its_user_is_known() {
    let address: IpAddr = "2001:db8:1:2:3::4".parse().unwrap();
    assert_eq!(Sharer::client(address), Sharer::client("2001:db8:1:2::9".parse().unwrap()));
    assert_ne!(Sharer::client(address), Sharer::client("2001:db8:1:3::9".parse().unwrap()));
    assert_eq!(sharer(), Sharer::Internal);
    let (request, _waiting) = Request::new(Sharer::client(address));
    let user = Uuid::from_u128(7);
    let whose = request.scope(async {
        let before = sharer();
        Request::belongs_to(user);
        (before, sharer())
    });
    assert_eq!(whose.await, (Sharer::client(address), Sharer::User(user)));
}
