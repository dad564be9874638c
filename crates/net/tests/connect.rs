//! Who is reached, who is let in, and what is said when it does not work.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use common::{PATIENCE, Stranger, local, node, pair, stream};
use enginus_model::DeviceId;
use enginus_net::{BindError, ConnectError, Node, NodeConfig, StreamKind};

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn each_side_knows_the_other_by_its_device_id() {
    let [(a, to_b), (b, to_a)] = pair([1, 2]).await;
    assert_eq!(to_b.device(), b.device());
    assert_eq!(to_a.device(), a.device());
    assert_ne!(a.device(), b.device());
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn the_device_id_is_the_public_key_of_the_seed() {
    let a = node(3).await;
    assert_eq!(a.device(), DeviceId(*iroh::SecretKey::from_bytes(&[3; 32]).public().as_bytes()));
    a.close().await;
}

#[tokio::test]
async fn nobody_there_is_told_within_the_time_given() {
    let (a, nobody) = (node(5).await, node(6).await);
    let (device, addresses) = (nobody.device(), nobody.addresses());
    nobody.close().await;
    assert_eq!(a.connect(device, &addresses, SHORT).await.unwrap_err(), ConnectError::TimedOut);
    a.close().await;
}

#[tokio::test]
async fn a_device_without_an_address_is_told_at_once() {
    let a = node(7).await;
    let device = DeviceId(*iroh::SecretKey::from_bytes(&[8; 32]).public().as_bytes());
    assert_eq!(a.connect(device, &[], PATIENCE).await.unwrap_err(), ConnectError::NoAddress(device));
    a.close().await;
}

#[tokio::test]
async fn this_device_and_what_is_no_device_are_refused() {
    let a = node(9).await;
    assert_eq!(a.connect(a.device(), &a.addresses(), PATIENCE).await.unwrap_err(), ConnectError::Myself);
    // No point of the curve has this y.
    let mut bytes = [0; 32];
    bytes[0] = 2;
    let no_key = DeviceId(bytes);
    assert_eq!(a.connect(no_key, &a.addresses(), PATIENCE).await.unwrap_err(), ConnectError::NotADevice(no_key));
    a.close().await;
}

#[tokio::test]
async fn another_device_at_the_address_is_not_taken_for_the_one_meant() {
    let (a, mut b, meant) = (node(10).await, node(11).await, node(12).await);
    let device = meant.device();
    meant.close().await;
    let refused = a.connect(device, &b.addresses(), Duration::from_secs(5)).await;
    assert!(matches!(refused, Err(ConnectError::Failed(_) | ConnectError::TimedOut)), "b answered: {refused:?}");
    // b is not confused by it.
    let to_b = a.connect(b.device(), &b.addresses(), PATIENCE).await.unwrap();
    let to_a = b.accept().await.unwrap();
    stream(&to_b, &to_a, StreamKind::Sync).await;
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_copy_of_this_device_does_not_get_in() {
    let mut a = node(13).await;
    let copy = Stranger::new(13, b"enginus/1").await;
    // iroh itself refuses to dial the own id, so a copy gets no further than that; a's doors stay as they were.
    assert!(copy.connect(&a, b"enginus/1").await.is_err());
    let other = node(14).await;
    other.connect(a.device(), &a.addresses(), PATIENCE).await.unwrap();
    assert_eq!(a.accept().await.unwrap().device(), other.device());
    copy.0.close().await;
    a.close().await;
    other.close().await;
}

#[tokio::test]
async fn a_program_with_another_protocol_is_not_let_in() {
    let mut a = node(15).await;
    let stranger = Stranger::new(16, b"other/7").await;
    assert!(stranger.connect(&a, b"other/7").await.is_err());
    let friend = node(17).await;
    friend.connect(a.device(), &a.addresses(), PATIENCE).await.unwrap();
    assert_eq!(a.accept().await.unwrap().device(), friend.device(), "the stranger was handed on");
    stranger.0.close().await;
    a.close().await;
    friend.close().await;
}

#[tokio::test]
async fn a_device_that_speaks_another_version_is_told_apart_from_an_absent_one() {
    let (a, newer) = (node(18).await, Stranger::new(19, b"enginus/9").await);
    let accepting = tokio::spawn({
        let endpoint = newer.0.clone();
        async move {
            while let Some(incoming) = endpoint.accept().await {
                let _ = incoming.await;
            }
        }
    });
    let addresses: Vec<SocketAddr> = newer.0.bound_sockets();
    let refused = a.connect(newer.device(), &addresses, PATIENCE).await.unwrap_err();
    assert_eq!(refused, ConnectError::Foreign(newer.device()));
    newer.0.close().await;
    accepting.await.unwrap();
    a.close().await;
}

#[tokio::test]
async fn datagrams_of_garbage_change_nothing() {
    let mut a = node(20).await;
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for length in [0usize, 1, 20, 1200] {
        for byte in [0x00u8, 0x40, 0xc0, 0xff] {
            socket.send_to(&vec![byte; length], a.addresses()[0]).unwrap();
        }
    }
    let friend = node(21).await;
    friend.connect(a.device(), &a.addresses(), PATIENCE).await.unwrap();
    assert_eq!(a.accept().await.unwrap().device(), friend.device());
    a.close().await;
    friend.close().await;
}

#[tokio::test]
async fn one_device_may_not_open_connections_without_end() {
    let (a, mut b) = (node(22).await, node(23).await);
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(a.connect(b.device(), &b.addresses(), PATIENCE).await.unwrap());
        held.push(b.accept().await.unwrap());
    }
    // The handshake is done before b can count; then b turns it away.
    match a.connect(b.device(), &b.addresses(), PATIENCE).await {
        Ok(fifth) => fifth.closed().await,
        Err(refused) => assert!(matches!(refused, ConnectError::Refused(_)), "{refused:?}"),
    }
    assert!(held.iter().all(|peer| !peer.is_closed()), "the earlier ones stand");
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_with_what_to_do() {
    let a = node(24).await;
    let taken = a.addresses()[0];
    let refused = Node::bind(NodeConfig { port: taken.port(), ..local(25) }).await;
    let Err(BindError::Address { address, why }) = refused else { panic!("two devices listen on one port") };
    assert_eq!(address, taken);
    assert!(why.contains("choose another port"), "{why}");
    a.close().await;
    // A test beside this one may be given the port meanwhile; it gives it back.
    let again = tokio::time::timeout(PATIENCE, async {
        loop {
            match Node::bind(NodeConfig { port: taken.port(), ..local(25) }).await {
                Ok(node) => break node,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    })
    .await
    .expect("a closed node frees its port");
    assert_eq!(again.addresses(), vec![taken]);
    again.close().await;
}

#[tokio::test]
async fn an_address_of_another_machine_is_told() {
    let refused = Node::bind(NodeConfig { bind: "192.0.2.1".parse().unwrap(), ..local(26) }).await;
    assert!(matches!(refused, Err(BindError::Address { .. })), "{:?}", refused.map(|node| node.addresses()));
}

#[tokio::test]
async fn a_closed_device_accepts_and_dials_no_more() {
    let (mut a, b) = (node(27).await, node(28).await);
    let dialler = a.dialler();
    dialler.close().await;
    assert!(a.accept().await.is_none());
    assert_eq!(dialler.connect(b.device(), &b.addresses(), PATIENCE).await.unwrap_err(), ConnectError::Closed);
    a.close().await;
    b.close().await;
}
