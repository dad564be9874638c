//! A mailbox and devices over real connections on loopback: who is let in, and deposits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::collections::HashMap;

use common::{PATIENCE, local, node};
use enginus_model::{Hash, ProjectId};
use enginus_net::{
    Answer, Bounds, ConnectError, Deposits, MAX_OBJECT_BYTES, Node, Peer, StreamError, StreamKind, answer_deposit,
    deposited, next_deposit,
};

const PROJECT: ProjectId = ProjectId([1; 32]);
const BOUNDS: Bounds = Bounds { connections: 3, per_device: 2, handshakes: 16 };

async fn mailbox(seed: u8) -> Node {
    Node::bind_mailbox(local(seed), BOUNDS).await.unwrap()
}

/// Keeps what it is given, up to a number of bytes, until the connection ends.
async fn keep(peer: Peer, room: usize) {
    let (mut kept, mut used) = (HashMap::new(), 0);
    while let Ok((kind, stream)) = peer.accept_stream().await {
        assert_eq!(kind, StreamKind::Deposits);
        let (mut sender, mut receiver) = stream.split();
        while let Ok(Some(asked)) = next_deposit(&mut receiver).await {
            let answer = match asked {
                _ if asked.project != PROJECT => Answer::Refused,
                _ if kept.contains_key(&asked.name) => Answer::Kept,
                _ if used + asked.bytes > room => Answer::Full,
                _ => Answer::Send,
            };
            answer_deposit(&mut sender, answer).await.unwrap();
            if answer == Answer::Send {
                let Ok(object) = deposited(&mut receiver, &asked).await else { break };
                used += object.len();
                kept.insert(asked.name, object);
                answer_deposit(&mut sender, Answer::Kept).await.unwrap();
            }
        }
        sender.finish().await;
    }
}

#[tokio::test]
async fn a_mailbox_keeps_what_it_is_given_and_says_what_it_does_not_keep() {
    let (device, mut relay) = (node(71).await, mailbox(72).await);
    let addresses = relay.addresses();
    let to_relay = device.dialler().connect_to_mailbox(relay.device(), &addresses, PATIENCE).await.unwrap();
    let serving = tokio::spawn(keep(relay.accept().await.unwrap(), MAX_OBJECT_BYTES + 10));

    let mut deposits = Deposits::open(&to_relay).await.unwrap();
    let largest = vec![7; MAX_OBJECT_BYTES];
    for object in [b"sealed".to_vec(), largest.clone(), largest] {
        assert_eq!(deposits.put(&PROJECT, &Hash::of(&object), &object).await.unwrap(), Answer::Kept);
    }
    assert_eq!(deposits.put(&PROJECT, &Hash::of(b"another"), b"another").await.unwrap(), Answer::Full);
    let foreign = deposits.put(&ProjectId([2; 32]), &Hash::of(b"sealed"), b"sealed").await.unwrap();
    assert_eq!(foreign, Answer::Refused);
    let too_long = vec![0; MAX_OBJECT_BYTES + 1];
    let refused = deposits.put(&PROJECT, &Hash::of(&too_long), &too_long).await;
    assert!(matches!(refused, Err(StreamError::TooLong { .. })), "{refused:?}");
    assert_eq!(deposits.put(&PROJECT, &Hash::of(b"sealed"), b"sealed").await.unwrap(), Answer::Kept, "it goes on");
    // What is not what its name says is not kept, and ends the stream.
    let mut lying = Deposits::open(&to_relay).await.unwrap();
    drop(deposits);
    assert!(lying.put(&PROJECT, &Hash([9; 32]), b"lie").await.is_err());
    device.close().await;
    relay.close().await;
    let _ = serving.await;
}

#[tokio::test]
async fn a_mailbox_speaks_with_devices_alone_and_lets_in_a_bounded_number() {
    let (device, mut relay) = (node(73).await, mailbox(74).await);
    let addresses = relay.addresses();
    let as_device = device.connect(relay.device(), &addresses, PATIENCE).await;
    assert!(matches!(as_device, Err(ConnectError::Foreign(_))), "{as_device:?}");
    let dialler = device.dialler();
    let one = dialler.connect_to_mailbox(relay.device(), &addresses, PATIENCE).await.unwrap();
    let two = dialler.connect_to_mailbox(relay.device(), &addresses, PATIENCE).await.unwrap();
    let _accepted = (relay.accept().await.unwrap(), relay.accept().await.unwrap());
    let third = dialler.connect_to_mailbox(relay.device(), &addresses, PATIENCE).await;
    if let Ok(third) = third {
        third.closed().await;
    }
    let other = node(75).await;
    let from_other = other.dialler().connect_to_mailbox(relay.device(), &addresses, PATIENCE).await.unwrap();
    assert_eq!(relay.accept().await.unwrap().device(), other.device());
    assert!(relay.turned_away().too_many_connections() >= 1);
    assert!(!one.is_closed() && !two.is_closed() && !from_other.is_closed());
    for node in [device, other, relay] {
        node.close().await;
    }
}

#[tokio::test]
async fn whoever_begins_many_handshakes_and_ends_none_keeps_nobody_out() {
    let (device, mut relay) = (node(76).await, mailbox(77).await);
    let addresses = relay.addresses();
    let at = addresses[0];
    // First packets of connections that nobody goes on with, from one socket after another.
    let noise = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for n in 0..200u8 {
        let mut initial = vec![0xC3, 0, 0, 0, 1, 8];
        initial.extend([n; 8]);
        initial.resize(1200, n);
        let _ = noise.send_to(&initial, at).await;
    }
    let peer = device.dialler().connect_to_mailbox(relay.device(), &addresses, PATIENCE).await.unwrap();
    assert_eq!(relay.accept().await.unwrap().device(), device.device());
    assert!(!peer.is_closed());
    device.close().await;
    relay.close().await;
}
