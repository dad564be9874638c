//! Frames over real connections on loopback, from friends and from strangers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use common::{Stranger, node, pair, stream};
use enginus_net::{MAX_SYNC_FRAME_BYTES, StreamError, StreamKind};

const OPENING: [u8; 2] = [1, 1];

#[tokio::test]
async fn frames_of_every_size_go_both_ways_in_order() {
    let [(a, to_b), (b, to_a)] = pair([31, 32]).await;
    let (ours, theirs) = stream(&to_b, &to_a, StreamKind::Sync).await;
    let sizes = [0usize, 1, 4, 16 << 10, (16 << 10) + 1, 300_000, MAX_SYNC_FRAME_BYTES, 0, 7];
    let frame = |size: usize| (0..size).map(|at| (at * 31 + size) as u8).collect::<Vec<u8>>();
    let exchange = async |stream: enginus_net::FrameStream| {
        let (mut sender, mut receiver) = stream.split();
        let send = async {
            for size in sizes {
                sender.send(&frame(size)).await.unwrap();
            }
            sender.finish().await;
        };
        let receive = async {
            for size in sizes {
                assert_eq!(receiver.recv().await.unwrap().unwrap(), frame(size), "frame of {size} bytes");
            }
            assert_eq!(receiver.recv().await, Ok(None));
        };
        tokio::join!(send, receive);
    };
    tokio::join!(exchange(ours), exchange(theirs));
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_frame_over_the_limit_is_not_sent_and_the_stream_goes_on() {
    let [(a, to_b), (b, to_a)] = pair([33, 34]).await;
    let (mut ours, mut theirs) = stream(&to_b, &to_a, StreamKind::Sync).await;
    let refused = ours.send(&vec![0; MAX_SYNC_FRAME_BYTES + 1]).await;
    assert_eq!(refused, Err(StreamError::TooLong { bytes: MAX_SYNC_FRAME_BYTES + 1, max: MAX_SYNC_FRAME_BYTES }));
    ours.send(b"next").await.unwrap();
    assert_eq!(theirs.recv().await.unwrap().unwrap(), b"next");
    a.close().await;
    b.close().await;
}

/// What a device makes of the bytes of a stranger who speaks the protocol so far.
async fn told(bytes: &[u8]) -> Result<Option<Vec<u8>>, StreamError> {
    let mut a = node(35).await;
    let stranger = Stranger::new(36, b"enginus/1").await;
    let connection = stranger.connect(&a, b"enginus/1").await.unwrap();
    let (mut send, _receive) = connection.open_bi().await.unwrap();
    send.write_all(&OPENING).await.unwrap();
    send.write_all(bytes).await.unwrap();
    send.finish().unwrap();
    let peer = a.accept().await.unwrap();
    let (_, mut stream) = peer.accept_stream().await.unwrap();
    let first = stream.recv().await;
    if first.is_err() {
        assert_eq!(stream.recv().await, first, "a stream that failed keeps failing");
    }
    stranger.0.close().await;
    a.close().await;
    first
}

#[tokio::test]
async fn an_announced_frame_over_the_limit_is_refused_before_it_comes() {
    let announced = MAX_SYNC_FRAME_BYTES + 1;
    let told = told(&u32::try_from(announced).unwrap().to_be_bytes()).await;
    assert_eq!(told, Err(StreamError::TooLong { bytes: announced, max: MAX_SYNC_FRAME_BYTES }));
}

#[tokio::test]
async fn a_stream_that_ends_within_a_frame_is_no_clean_end() {
    assert!(matches!(told(&[0, 0]).await, Err(StreamError::Lost(_))), "within the length");
    assert!(matches!(told(&[0, 0, 0, 5, 1, 2]).await, Err(StreamError::Lost(_))), "within the frame");
    assert_eq!(told(&[]).await, Ok(None), "between frames it is one");
    assert_eq!(told(&[0, 0, 0, 1, 9]).await, Ok(Some(vec![9])));
}

#[tokio::test]
async fn a_stream_of_an_unknown_kind_hurts_no_other() {
    let mut a = node(37).await;
    let stranger = Stranger::new(38, b"enginus/1").await;
    let connection = stranger.connect(&a, b"enginus/1").await.unwrap();
    let peer = a.accept().await.unwrap();
    for opening in [[1, 0], [1, 99], [2, 1]] {
        let (mut send, _receive) = connection.open_bi().await.unwrap();
        send.write_all(&opening).await.unwrap();
        assert!(matches!(peer.accept_stream().await, Err(StreamError::Protocol(_))), "{opening:?}");
    }
    let (mut send, _receive) = connection.open_bi().await.unwrap();
    send.write_all(&[1]).await.unwrap();
    send.finish().unwrap();
    assert!(matches!(peer.accept_stream().await, Err(StreamError::Protocol(_))), "cut short");
    let (mut send, _receive) = connection.open_bi().await.unwrap();
    send.write_all(&[1, 1, 0, 0, 0, 1, 7]).await.unwrap();
    let (kind, mut stream) = peer.accept_stream().await.unwrap();
    assert_eq!(kind, StreamKind::Sync);
    assert_eq!(stream.recv().await.unwrap().unwrap(), [7]);
    stranger.0.close().await;
    a.close().await;
}

#[tokio::test]
async fn receiving_may_be_interrupted_within_a_frame() {
    let mut a = node(39).await;
    let stranger = Stranger::new(40, b"enginus/1").await;
    let connection = stranger.connect(&a, b"enginus/1").await.unwrap();
    let (mut send, _receive) = connection.open_bi().await.unwrap();
    send.write_all(&OPENING).await.unwrap();
    let peer = a.accept().await.unwrap();
    let (_, mut stream) = peer.accept_stream().await.unwrap();
    // Byte for byte; between any two of them somebody stops waiting.
    for byte in [0u8, 0, 0, 3, 7, 8] {
        send.write_all(&[byte]).await.unwrap();
        for _ in 0..50 {
            tokio::select! {
                biased;
                frame = stream.recv() => panic!("a frame too early: {frame:?}"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    send.write_all(&[9]).await.unwrap();
    assert_eq!(stream.recv().await.unwrap().unwrap(), [7, 8, 9]);
    stranger.0.close().await;
    a.close().await;
}

#[tokio::test]
async fn a_frame_that_was_left_unfinished_is_never_taken_for_a_whole_one() {
    let [(a, to_b), (b, to_a)] = pair([41, 42]).await;
    let (mut ours, mut theirs) = stream(&to_b, &to_a, StreamKind::Sync).await;
    // Nobody reads: sending gets stuck once the windows are full, and is then given up.
    let big = vec![1; MAX_SYNC_FRAME_BYTES];
    let stuck = async {
        loop {
            ours.send(&big).await.unwrap();
        }
    };
    assert!(tokio::time::timeout(std::time::Duration::from_millis(500), stuck).await.is_err());
    assert!(matches!(ours.send(b"next").await, Err(StreamError::Lost(_))));
    drop(ours);
    loop {
        match theirs.recv().await {
            Ok(Some(frame)) => assert_eq!(frame.len(), big.len()),
            Ok(None) => panic!("a broken stream looked like a finished one"),
            Err(error) => break assert!(matches!(error, StreamError::Lost(_)), "{error:?}"),
        }
    }
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn closing_while_frames_are_on_their_way_ends_both_sides() {
    let [(a, to_b), (b, to_a)] = pair([43, 44]).await;
    let (mut ours, mut theirs) = stream(&to_b, &to_a, StreamKind::Sync).await;
    let sending = tokio::spawn(async move {
        loop {
            if let Err(error) = ours.send(&[5; 100_000]).await {
                return error;
            }
        }
    });
    for _ in 0..10 {
        theirs.recv().await.unwrap().unwrap();
    }
    b.close().await;
    assert!(matches!(sending.await.unwrap(), StreamError::Lost(_)));
    to_b.closed().await;
    assert!(to_b.is_closed());
    assert!(matches!(to_b.open(StreamKind::Sync).await, Err(StreamError::Lost(_))));
    assert!(matches!(to_b.accept_stream().await, Err(StreamError::Lost(_))));
    loop {
        match theirs.recv().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a closed connection looked like a finished stream"),
            Err(error) => break assert!(matches!(error, StreamError::Lost(_)), "{error:?}"),
        }
    }
    a.close().await;
}
