//! Two devices over real connections on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use enginus_model::{Hash, ProjectId};
use enginus_net::{
    BindError, ConnectError, MAX_FRAME_BYTES, Node, NodeConfig, ObjectRequests, StreamError, StreamKind, answer_object,
    next_object_request,
};

const PATIENCE: Duration = Duration::from_secs(20);

async fn node(seed: u8) -> Node {
    Node::bind(NodeConfig { seed: [seed; 32], port: 0, bind: Ipv4Addr::LOCALHOST.into(), mdns: false })
        .await
        .expect("a free port")
}

#[tokio::test]
async fn frames_go_both_ways_and_empty_ones_too() {
    let (a, mut b) = (node(1).await, node(2).await);
    let peer = a.connect(b.device(), &b.addresses(), PATIENCE).await.unwrap();
    let mut ours = peer.open(StreamKind::Sync).await.unwrap();
    ours.send(b"").await.unwrap();
    ours.send(&[7; 100_000]).await.unwrap();
    let other = b.accept().await.unwrap();
    assert_eq!(other.device(), a.device());
    let (kind, mut theirs) = other.accept_stream().await.unwrap();
    assert_eq!(kind, StreamKind::Sync);
    assert_eq!(theirs.recv().await.unwrap().unwrap(), b"");
    assert_eq!(theirs.recv().await.unwrap().unwrap(), vec![7; 100_000]);
    theirs.send(b"back").await.unwrap();
    assert_eq!(ours.recv().await.unwrap().unwrap(), b"back");
    theirs.split().0.finish().await;
    assert_eq!(ours.recv().await.unwrap(), None);
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_frame_over_the_limit_is_not_sent() {
    let (a, b) = (node(3).await, node(4).await);
    let peer = a.connect(b.device(), &b.addresses(), PATIENCE).await.unwrap();
    let mut stream = peer.open(StreamKind::Sync).await.unwrap();
    let refused = stream.send(&vec![0; MAX_FRAME_BYTES + 1]).await;
    assert!(matches!(refused, Err(StreamError::TooLong { .. })), "{refused:?}");
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn nobody_there_is_told_within_the_time_given() {
    let a = node(5).await;
    let nobody = node(6).await;
    let (device, addresses) = (nobody.device(), nobody.addresses());
    nobody.close().await;
    let refused = a.connect(device, &addresses, Duration::from_millis(300)).await;
    assert!(matches!(refused, Err(ConnectError::TimedOut | ConnectError::Failed(_))), "{refused:?}");
    assert_eq!(a.connect(a.device(), &addresses, PATIENCE).await.unwrap_err(), ConnectError::Myself);
    a.close().await;
}

#[tokio::test]
async fn another_device_at_the_address_is_not_taken_for_the_one_meant() {
    let (a, b) = (node(7).await, node(8).await);
    let meant = node(9).await;
    let device = meant.device();
    meant.close().await;
    let refused = a.connect(device, &b.addresses(), Duration::from_secs(3)).await;
    assert!(refused.is_err(), "b answered for somebody else");
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let a = node(10).await;
    let taken: SocketAddr = a.addresses()[0];
    let refused =
        Node::bind(NodeConfig { seed: [11; 32], port: taken.port(), bind: taken.ip(), mdns: false }).await;
    assert!(matches!(refused, Err(BindError::Address { .. })));
    a.close().await;
}

#[tokio::test]
async fn objects_are_given_refused_and_checked() {
    let (a, mut b) = (node(12).await, node(13).await);
    let project = ProjectId([1; 32]);
    let (good, bytes) = (Hash::of(b"sealed"), b"sealed".to_vec());
    let forged = Hash([9; 32]);
    let (device, addresses) = (b.device(), b.addresses());
    let serving = tokio::spawn(async move {
        let peer = b.accept().await.unwrap();
        let (kind, stream) = peer.accept_stream().await.unwrap();
        assert_eq!(kind, StreamKind::Objects);
        let (mut sender, mut receiver) = stream.split();
        while let Ok(Some((_, name))) = next_object_request(&mut receiver).await {
            let answer = (name == good || name == forged).then_some(bytes.as_slice());
            answer_object(&mut sender, answer).await.unwrap();
        }
        b.close().await;
    });
    let peer = a.connect(device, &addresses, PATIENCE).await.unwrap();
    let mut requests = ObjectRequests::open(&peer).await.unwrap();
    assert_eq!(requests.get(&project, &good).await.unwrap().as_deref(), Some(b"sealed".as_slice()));
    assert_eq!(requests.get(&project, &Hash::of(b"other")).await.unwrap(), None);
    let refused = requests.get(&project, &forged).await;
    assert!(matches!(refused, Err(StreamError::Protocol(_))), "bytes under a false name must not be taken: {refused:?}");
    peer.close("done");
    a.close().await;
    serving.await.unwrap();
}
