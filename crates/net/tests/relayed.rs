//! Devices that know no address of each other meet through a relay.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use common::{PATIENCE, node, stream};
use enginus_net::{ConnectError, StreamKind};
use iroh_relay::server::{RelayConfig, Server, ServerConfig};

const SHORT: Duration = Duration::from_secs(1);

/// A relay on loopback, and its web address.
async fn relay() -> (Server, String) {
    let mut config = ServerConfig::default();
    config.relay = Some(RelayConfig::new((Ipv4Addr::LOCALHOST, 0)));
    let server = Server::spawn(config).await.expect("a free port");
    let web = format!("http://{}", server.http_addr().expect("it serves"));
    (server, web)
}

fn set(webs: &[&String]) -> BTreeSet<String> {
    webs.iter().map(|web| (*web).clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_reached_through_a_relay_by_its_key_alone() {
    let (relay, web) = relay().await;
    let (a, mut b) = (node(31).await, node(32).await);
    let nowhere = a.connect(b.device(), &[], SHORT).await.unwrap_err();
    assert!(matches!(nowhere, ConnectError::NoAddress(_)), "{nowhere}");
    a.dialler().be_found_through(&set(&[&web])).await;
    b.dialler().be_found_through(&set(&[&web])).await;
    let webs = [web.clone(), "no address".to_owned()];
    let to_b = a.dialler().connect_through(b.device(), (&[], &webs), PATIENCE).await.expect("b is found");
    let to_a = b.accept().await.expect("a has connected");
    assert_eq!((to_b.device(), to_a.device()), (b.device(), a.device()));
    stream(&to_b, &to_a, StreamKind::Sync).await;
    a.close().await;
    b.close().await;
    relay.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_found_through_a_relay_is_not_reached_there() {
    let ((relay, web), (other, elsewhere)) = (relay().await, relay().await);
    let (a, b) = (node(33).await, node(34).await);
    a.dialler().be_found_through(&set(&[&web, &elsewhere])).await;
    b.dialler().be_found_through(&set(&[&web])).await;
    let webs = [elsewhere.clone()];
    let missed = a.dialler().connect_through(b.device(), (&[], &webs), SHORT).await;
    assert_eq!(missed.unwrap_err(), ConnectError::TimedOut);
    // Moved to the other relay, it is.
    b.dialler().be_found_through(&set(&[&elsewhere])).await;
    let found = a.dialler().connect_through(b.device(), (&[], &webs), PATIENCE).await;
    assert_eq!(found.expect("b is found there now").device(), b.device());
    a.close().await;
    b.close().await;
    relay.shutdown().await.unwrap();
    other.shutdown().await.unwrap();
}
