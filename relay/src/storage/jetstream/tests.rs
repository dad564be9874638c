//! The suite on a real server, and what only this engine has: several relays, and servers that go away.

use std::sync::Arc;
use std::time::Duration;

use enginus_model::{Hash, Instant};
use enginus_sync::Cursor;

use super::super::fixtures::{Log, TestClock, bytes, domain, project, records, unopened};
use super::super::{
    JetStream, JetStreamCredentials, JetStreamOptions, ProjectView, Storage, StorageError, conformance,
};
use super::bucket::{Bucket, Kind};
use super::server::{Server, free_port};

fn options(url: String, clock: &TestClock) -> JetStreamOptions {
    JetStreamOptions::new(vec![url], clock.clock())
}

async fn relay(server: &Server) -> JetStream {
    JetStream::open(options(server.url(), &TestClock::default())).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jetstream_engine_conforms() {
    let Some(server) = Server::start() else { return };
    let clock = TestClock::default();
    let storage = JetStream::open(options(server.url(), &clock)).await.unwrap();
    conformance::suite(Arc::new(storage), &clock).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_see_what_each_other_appended() {
    let Some(server) = Server::start() else { return };
    let (one, two) = (relay(&server).await, relay(&server).await);
    let id = project(&one).await;
    let (here, there) = (one.view(id).await.unwrap(), two.view(id).await.unwrap());
    let mut log = Log::new(id, domain(1), 1);
    for number in 0..20u64 {
        let entry = log.next(1, 100);
        let (writer, other) = if number % 2 == 0 { (&one, &two) } else { (&two, &one) };
        writer.append(id, vec![entry.record()]).await.unwrap();
        let view = other.view(id).await.unwrap();
        assert_eq!(view.tips().unwrap(), [entry.domain_tip()], "a view holds what was durable before");
    }
    for view in [&here, &there] {
        conformance::until(view.as_ref(), |view| view.newest() == 21).await;
    }
    one.put_object(id, Hash::of(b"x"), b"x".to_vec()).await.unwrap();
    assert_eq!(two.object(id, Hash::of(b"x")).await.unwrap().as_deref(), Some(&b"x"[..]));
    assert_eq!(two.view(id).await.unwrap().usage().unwrap().objects, 1);
    one.delete(id).await.unwrap();
    let mut ear = there.arrivals();
    while ear.changed().await.is_ok() {}
    assert!(matches!(there.tips(), Err(StorageError::NoProject)), "the other relay notices");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_replica_goes_on_where_it_was() {
    let Some(server) = Server::start() else { return };
    let cache = tempfile::tempdir().unwrap();
    let clock = TestClock::default();
    let open = async || {
        let options = JetStreamOptions { cache: Some(cache.path().to_owned()), ..options(server.url(), &clock) };
        JetStream::open(options).await.unwrap()
    };
    let storage = open().await;
    let id = project(&storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let entries = log.entries(10, 1);
    storage.append(id, records(&entries[..5])).await.unwrap();
    let before = storage.view(id).await.unwrap().newest();
    drop(storage);
    let other = relay(&server).await;
    other.append(id, records(&entries[5..])).await.unwrap();
    let storage = open().await;
    let view = storage.view(id).await.unwrap();
    assert_eq!(view.newest(), before + 5, "arrivals go on");
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, usize::MAX).unwrap(), bytes(&entries));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_a_hole_and_a_stream_made_anew_are_noticed() {
    let Some(server) = Server::start() else { return };
    let storage = relay(&server).await;
    let (id, opened) = unopened();
    storage.append(id, vec![opened.clone()]).await.unwrap();
    let mut log = Log::new(id, domain(1), 1);
    let entries = log.entries(6, 1);
    for entry in &entries {
        storage.append(id, vec![entry.record()]).await.unwrap();
    }
    let view = storage.view(id).await.unwrap();
    let newest = view.newest();
    let log_id = log.id();
    let range = |view: &dyn ProjectView| view.range(&domain(1), &log_id, Cursor::START, usize::MAX).unwrap();
    assert_eq!(range(view.as_ref()), bytes(&entries));
    let stream = storage.link.stream(&id).await.unwrap();
    stream.purge().sequence(3).await.unwrap();
    // The genesis went with it: handed in again, as a client would, it is taken anew.
    storage.append(id, vec![opened.clone(), entries[0].record()]).await.unwrap();
    conformance::until(view.as_ref(), |view| {
        let all = view.genesis().is_ok() && range(view).len() == 6;
        all && view.newest() > newest // They go on rising.
    })
    .await;
    // One message removed out of the middle: the one with the last entry.
    stream.delete_message(7).await.unwrap();
    storage.append(id, vec![log.next(1, 10).record()]).await.unwrap();
    drop(view);
    let view = relay(&server).await.view(id).await.unwrap();
    assert_eq!(range(view.as_ref()).len(), 6);
    storage.link.context.delete_stream(storage.link.stream_name(&id)).await.unwrap();
    storage.append(id, vec![opened]).await.unwrap();
    storage.append(id, records(&entries[..1])).await.unwrap();
    let view = storage.view(id).await.unwrap();
    assert_eq!(range(view.as_ref()), bytes(&entries[..1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_answered_is_lost_when_the_server_is_killed() {
    let Some(mut server) = Server::start() else { return };
    let storage = Arc::new(relay(&server).await);
    let id = project(storage.as_ref()).await;
    let view = storage.view(id).await.unwrap();
    let (tell, mut told) = tokio::sync::mpsc::channel(1000);
    let writer = tokio::spawn({
        let storage = storage.clone();
        async move {
            let mut log = Log::new(id, domain(1), 1);
            for _ in 0..300 {
                let entry = log.next(1, 500);
                // Until it is taken, as a client does.
                while storage.append(id, vec![entry.record()]).await.is_err() {}
                tell.send(entry.tip).await.unwrap();
            }
        }
    });
    for _ in 0..2 {
        for _ in 0..60 {
            told.recv().await.unwrap();
        }
        server.kill();
        server.start_again();
    }
    let mut last = None;
    while let Some(tip) = told.recv().await {
        last = Some(tip);
    }
    writer.await.unwrap();
    let fresh = relay(&server).await;
    for storage in [storage.as_ref(), &fresh] {
        let view = storage.view(id).await.unwrap();
        assert_eq!(view.usage().unwrap().envelopes, 300, "each once");
        assert_eq!(Some(view.tips().unwrap()[0].tip), last);
    }
    conformance::until(view.as_ref(), |view| view.usage().unwrap().envelopes == 300).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_do_not_answer_are_an_error_in_time() {
    let url = format!("nats://127.0.0.1:{}", free_port());
    let clock = TestClock::default();
    let options = JetStreamOptions { timeout: Duration::from_secs(1), ..options(url, &clock) };
    let storage = JetStream::open(options).await.unwrap();
    let (id, opened) = unopened();
    let name = Hash::of(b"x");
    // Each ends by itself; the test's runner would end it otherwise.
    let answers = [
        storage.append(id, vec![opened]).await.err(),
        storage.append(id, records(&Log::new(id, domain(1), 1).entries(1, 1))).await.err(),
        storage.view(id).await.err(),
        storage.projects().await.err(),
        storage.put_object(id, name, b"x".to_vec()).await.err(),
        storage.object(id, name).await.err(),
        storage.remove_object(id, name).await.err(),
        storage.objects(id).await.err(),
        storage.delete(id).await.err(),
        storage.ready().await.err(),
    ];
    for answer in answers {
        assert!(matches!(answer, Some(StorageError::Unreachable(_))), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_at_its_limit_is_full_and_still_read() {
    let Some(server) = Server::start() else { return };
    let clock = TestClock::default();
    let options = JetStreamOptions { max_bytes_per_project: Some(200_000), ..options(server.url(), &clock) };
    let storage = JetStream::open(options).await.unwrap();
    let id = project(&storage).await;
    let mut log = Log::new(id, domain(1), 1);
    let mut taken = Vec::new();
    let refusal = loop {
        let entry = log.next(1, 20_000);
        match storage.append(id, vec![entry.record()]).await {
            Ok(()) => taken.push(entry),
            Err(error) => break error,
        }
        assert!(taken.len() < 20, "the limit holds");
    };
    assert!(matches!(refusal, StorageError::Full(_)), "{refusal:?}");
    let view = storage.view(id).await.unwrap();
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, usize::MAX).unwrap(), bytes(&taken));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_object_is_dropped_and_a_newer_message_is_told() {
    let Some(server) = Server::start() else { return };
    let storage = relay(&server).await;
    let id = project(&storage).await;
    let name = Hash::of(b"x");
    let bucket = Bucket::open(&storage.link, &id).await.unwrap();
    bucket.put(Kind::Object, &name, b"y", Instant(0)).await.unwrap();
    assert_eq!(storage.object(id, name).await.unwrap(), None);
    assert!(storage.objects(id).await.unwrap().is_empty());
    storage.put_object(id, name, b"x".to_vec()).await.unwrap();
    assert_eq!(storage.object(id, name).await.unwrap().as_deref(), Some(&b"x"[..]));
    storage.link.publish(&id, "newer", vec![2, 0, 0]).await.unwrap();
    let answer = storage.view(id).await.err();
    assert!(matches!(answer, Some(StorageError::NewerVersion { found: 2 })), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_nobody_views_leaves_the_memory_and_comes_back() {
    let Some(server) = Server::start() else { return };
    let storage = relay(&server).await;
    let (one, two) = (project(&storage).await, project(&storage).await);
    let mut log = Log::new(one, domain(1), 1);
    let entries = log.entries(5, 1);
    storage.append(one, records(&entries)).await.unwrap();
    drop(storage.view(one).await.unwrap());
    drop(storage.view(two).await.unwrap());
    assert_eq!(storage.index.row(&one).unwrap(), None);
    let view = storage.view(one).await.unwrap();
    assert_eq!(view.range(&domain(1), &log.id(), Cursor::START, usize::MAX).unwrap(), bytes(&entries));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_shows_who_it_is() {
    let user =
        |password: &str| JetStreamCredentials::UserPassword { user: "relay".to_owned(), password: password.to_owned() };
    let token = JetStreamCredentials::Token;
    let cases = [
        (vec!["--user", "relay", "--pass", "right"], user("right"), user("wrong")),
        (vec!["--auth", "right"], token("right".to_owned()), token("wrong".to_owned())),
    ];
    for (arguments, right, wrong) in cases {
        let Some(server) = Server::start_with(&arguments) else { return };
        let clock = TestClock::default();
        for (credentials, is_right) in [(right, true), (wrong, false)] {
            let options = JetStreamOptions { credentials, ..options(server.url(), &clock) };
            let options = JetStreamOptions { timeout: Duration::from_secs(if is_right { 8 } else { 1 }), ..options };
            let storage = JetStream::open(options).await.unwrap();
            let answer = storage.ready().await;
            let as_expected =
                if is_right { answer.is_ok() } else { matches!(answer, Err(StorageError::Unreachable(_))) };
            assert!(as_expected, "{answer:?}");
        }
    }
}
