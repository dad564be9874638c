//! Objects over real connections on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::collections::HashMap;
use std::sync::Arc;

use common::{Stranger, node, pair};
use enginus_model::{Hash, ProjectId};
use enginus_net::{
    MAX_OBJECT_BYTES, ObjectRequests, Peer, StreamError, StreamKind, answer_object, next_object_request,
};

const PROJECT: ProjectId = ProjectId([1; 32]);

/// Gives what it has, for one project, until the connection ends.
async fn serve(peer: Peer, objects: Arc<HashMap<Hash, Vec<u8>>>) {
    while let Ok((kind, stream)) = peer.accept_stream().await {
        assert_eq!(kind, StreamKind::Objects);
        let objects = objects.clone();
        tokio::spawn(async move {
            let (mut sender, mut receiver) = stream.split();
            while let Ok(Some(asked)) = next_object_request(&mut receiver).await {
                let object = objects.get(&asked.name).filter(|_| asked.project == PROJECT).cloned();
                // What a proof is made of is the engine's: here the key it is asked with.
                let answer = object.map(|object| asked.proof.map_or(object, |key| key.to_vec()));
                if answer_object(&mut sender, answer.as_deref()).await.is_err() {
                    break;
                }
            }
            sender.finish().await;
        });
    }
}

fn named(objects: Vec<Vec<u8>>) -> HashMap<Hash, Vec<u8>> {
    objects.into_iter().map(|bytes| (Hash::of(&bytes), bytes)).collect()
}

#[tokio::test]
async fn objects_come_whole_and_what_is_missing_or_refused_is_said() {
    let [(a, to_b), (b, to_a)] = pair([51, 52]).await;
    let largest: Vec<u8> = (0..MAX_OBJECT_BYTES).map(|at| (at / 7) as u8).collect();
    let (small, largest_name) = (Hash::of(b"sealed"), Hash::of(&largest));
    let forged = Hash([9; 32]);
    let mut objects = named(vec![b"sealed".to_vec(), largest.clone(), Vec::new()]);
    objects.insert(forged, b"something else".to_vec());
    let serving = tokio::spawn(serve(to_a, Arc::new(objects)));

    let mut requests = ObjectRequests::open(&to_b).await.unwrap();
    assert_eq!(requests.get(&PROJECT, &small).await.unwrap().as_deref(), Some(b"sealed".as_slice()));
    assert_eq!(requests.get(&PROJECT, &Hash::of(b"absent")).await.unwrap(), None);
    assert_eq!(requests.get(&ProjectId([2; 32]), &small).await.unwrap(), None, "of a project the asker is not in");
    assert!(requests.get(&PROJECT, &largest_name).await.unwrap() == Some(largest), "the largest object differs");
    assert_eq!(requests.get(&PROJECT, &Hash::of(b"")).await.unwrap(), Some(Vec::new()));
    let refused = requests.get(&PROJECT, &forged).await;
    assert!(
        matches!(refused, Err(StreamError::Protocol(_))),
        "bytes under a false name must not be taken: {refused:?}"
    );
    let after = requests.get(&PROJECT, &small).await;
    assert!(matches!(after, Err(StreamError::Protocol(_))), "a stream that failed is of no more use: {after:?}");

    to_b.close("done");
    serving.await.unwrap();
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_proof_is_asked_for_between_objects() {
    let [(a, to_b), (b, to_a)] = pair([61, 62]).await;
    let serving = tokio::spawn(serve(to_a, Arc::new(named(vec![b"sealed".to_vec()]))));
    let (name, absent) = (Hash::of(b"sealed"), Hash::of(b"absent"));
    let mut requests = ObjectRequests::open(&to_b).await.unwrap();
    assert_eq!(requests.prove(&PROJECT, &name, [7; 32]).await, Ok(Some(Hash([7; 32]))));
    assert_eq!(requests.prove(&PROJECT, &absent, [7; 32]).await, Ok(None));
    assert_eq!(requests.get(&PROJECT, &name).await.unwrap().as_deref(), Some(b"sealed".as_slice()));
    to_b.close("done");
    serving.await.unwrap();
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_device_that_lets_no_stream_begin_is_not_waited_for() {
    let [(a, to_b), (b, _to_a)] = pair([63, 64]).await;
    let mut held = Vec::new();
    for _ in 0..enginus_net::MAX_STREAMS {
        held.push(to_b.open(StreamKind::Objects).await.unwrap());
    }
    let stalled = to_b.open(StreamKind::Objects).await;
    assert!(matches!(stalled, Err(StreamError::Stalled { .. })), "{stalled:?}");
    drop(held);
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn several_streams_fetch_at_the_same_time() {
    let [(a, to_b), (b, to_a)] = pair([53, 54]).await;
    let objects = Arc::new(named((0..40u8).map(|n| vec![n; 50_000 + usize::from(n)]).collect()));
    let serving = tokio::spawn(serve(to_a, objects.clone()));
    let names: Vec<Hash> = objects.keys().copied().collect();
    let mut fetching = tokio::task::JoinSet::new();
    for share in names.chunks(10) {
        let (peer, share, objects) = (to_b.clone(), share.to_vec(), objects.clone());
        fetching.spawn(async move {
            let mut requests = ObjectRequests::open(&peer).await.unwrap();
            for name in share {
                assert_eq!(requests.get(&PROJECT, &name).await.unwrap().as_ref(), objects.get(&name));
            }
        });
    }
    while let Some(done) = fetching.join_next().await {
        done.unwrap();
    }
    to_b.close("done");
    serving.await.unwrap();
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn an_answer_that_was_not_waited_for_is_not_taken_for_the_next() {
    let [(a, to_b), (b, to_a)] = pair([55, 56]).await;
    let mut requests = ObjectRequests::open(&to_b).await.unwrap();
    let slow = Hash::of(b"slow");
    tokio::select! {
        biased;
        answer = requests.get(&PROJECT, &slow) => panic!("answered by nobody: {answer:?}"),
        accepted = to_a.accept_stream() => { accepted.unwrap(); }
    }
    let next = requests.get(&PROJECT, &Hash::of(b"next")).await;
    assert!(matches!(next, Err(StreamError::Protocol(_))), "{next:?}");
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn an_object_over_the_limit_is_not_given_and_the_asker_can_still_be_answered() {
    let [(a, to_b), (b, to_a)] = pair([57, 58]).await;
    let serving = tokio::spawn(async move {
        let (_, stream) = to_a.accept_stream().await.unwrap();
        let (mut sender, mut receiver) = stream.split();
        next_object_request(&mut receiver).await.unwrap().unwrap();
        let refused = answer_object(&mut sender, Some(&vec![0; MAX_OBJECT_BYTES + 1])).await;
        assert_eq!(refused, Err(StreamError::TooLong { bytes: MAX_OBJECT_BYTES + 1, max: MAX_OBJECT_BYTES }));
        answer_object(&mut sender, None).await.unwrap();
        sender.finish().await;
    });
    let mut requests = ObjectRequests::open(&to_b).await.unwrap();
    assert_eq!(requests.get(&PROJECT, &Hash::of(b"too large")).await, Ok(None));
    drop(requests);
    serving.await.unwrap();
    a.close().await;
    b.close().await;
}

#[tokio::test]
async fn a_stranger_with_nonsense_questions_is_refused() {
    let mut a = node(59).await;
    let stranger = Stranger::new(60, b"enginus/1").await;
    let connection = stranger.connect(&a, b"enginus/1").await.unwrap();
    let (mut send, _receive) = connection.open_bi().await.unwrap();
    send.write_all(&[1, 2, 0, 0, 0, 3, 1, 2, 3]).await.unwrap();
    let peer = a.accept().await.unwrap();
    let (kind, stream) = peer.accept_stream().await.unwrap();
    assert_eq!(kind, StreamKind::Objects);
    let (_sender, mut receiver) = stream.split();
    assert!(matches!(next_object_request(&mut receiver).await, Err(StreamError::Protocol(_))));
    stranger.0.close().await;
    a.close().await;
}
