//! Envelopes stored per second, durable when they count: one session that waits for each, and 64 at once.
//!
//! The JetStream engine runs against a real server where one is installed, on this machine, beside the program.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use divan::Bencher;
use divan::counter::ItemsCount;
use enginus_envelope::{Envelope, Header, Signature};
use enginus_model::{DeviceId, DomainId, EpochId, Hash, Instant, Lane, ProjectId};
use enginus_relay::storage::{Clock, Embedded, EmbeddedOptions, JetStream, JetStreamOptions, Record, Storage};

/// How many envelopes one round stores.
const ENVELOPES: usize = 1920;
/// Bytes of a body: a small change.
const BODY_BYTES: usize = 600;
/// Sessions.
const TASKS: [usize; 2] = [1, 64];

fn main() {
    divan::main();
}

fn clock() -> Clock {
    Arc::new(|| Instant(0))
}

fn opened(round: u64) -> (ProjectId, Record) {
    let mut genesis = round.to_be_bytes().to_vec();
    genesis.extend(std::process::id().to_be_bytes());
    (ProjectId(Hash::of(&genesis).0), Record::Opened { genesis, at: Instant(0) })
}

/// What one session appends: a log of its own, made before the clock runs.
fn log(project: ProjectId, device: u8, count: usize) -> Vec<Record> {
    let mut prev = Hash::ZERO;
    let one = |seq: u64| {
        let body = vec![device; BODY_BYTES];
        let header = Header {
            project,
            domain: DomainId::from_bytes([1; 16]),
            lane: Lane::Records,
            device: DeviceId([device; 32]),
            incarnation: [1; 16],
            seq,
            prev,
            authority: vec![],
            epoch: EpochId([1; 32]),
            ciphertext: Hash::of(&body),
            commitment: Hash([1; 32]),
        };
        prev = header.hash();
        Record::Envelope(Envelope { header, signature: Signature([1; 64]), body }.encode())
    };
    (1..=count as u64).map(one).collect()
}

fn rounds(bencher: Bencher, tasks: usize, runtime: &tokio::runtime::Runtime, storage: &Arc<dyn Storage>) {
    let next = AtomicU64::new(tasks as u64 * 1_000_000);
    let last = Mutex::new(None);
    bencher
        .counter(ItemsCount::new(ENVELOPES))
        .with_inputs(|| {
            let (project, first) = opened(next.fetch_add(1, Ordering::Relaxed));
            let made = runtime.block_on(storage.append(project, vec![first]));
            assert!(made.is_ok(), "{made:?}");
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(project);
            let logs: Vec<_> = (0..tasks).map(|device| log(project, device as u8, ENVELOPES / tasks)).collect();
            (project, logs)
        })
        .bench_values(|(project, logs)| {
            runtime.block_on(async {
                let sessions = logs.into_iter().map(|log| {
                    let storage = storage.clone();
                    tokio::spawn(async move {
                        for record in log {
                            let stored = storage.append(project, vec![record]).await;
                            assert!(stored.is_ok(), "{stored:?}");
                        }
                    })
                });
                for session in sessions.collect::<Vec<_>>() {
                    assert!(session.await.is_ok());
                }
            });
        });
    // What was counted is there.
    if let Some(project) = *last.lock().unwrap_or_else(PoisonError::into_inner) {
        let usage = runtime.block_on(storage.view(project)).and_then(|view| view.usage());
        assert!(usage.as_ref().is_ok_and(|usage| usage.envelopes == ENVELOPES as u64), "{usage:?}");
    }
}

fn runtime() -> Option<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().ok()
}

#[divan::bench(args = TASKS, sample_count = 5, sample_size = 1)]
fn embedded(bencher: Bencher, tasks: usize) {
    let (Some(runtime), Ok(folder)) = (runtime(), tempfile::tempdir()) else { return };
    let Ok(storage) = Embedded::open(&EmbeddedOptions::new(folder.path(), clock())) else { return };
    let storage: Arc<dyn Storage> = Arc::new(storage);
    rounds(bencher, tasks, &runtime, &storage);
}

#[divan::bench(args = TASKS, sample_count = 5, sample_size = 1)]
fn jetstream(bencher: Bencher, tasks: usize) {
    let (Some(runtime), Ok(folder)) = (runtime(), tempfile::tempdir()) else { return };
    let Some((mut server, url)) = server(folder.path()) else { return };
    let opened = runtime.block_on(JetStream::open(JetStreamOptions::new(vec![url], clock())));
    if let Ok(storage) = opened {
        let storage: Arc<dyn Storage> = Arc::new(storage);
        rounds(bencher, tasks, &runtime, &storage);
    }
    let _ = server.kill();
    let _ = server.wait();
}

/// A server on a free port of this machine; `None` where the program is not installed.
fn server(folder: &std::path::Path) -> Option<(Child, String)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("nats-server"));
    let program = on_path.chain([PathBuf::from("/usr/sbin/nats-server")]).find(|program| program.is_file())?;
    let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let mut child = Command::new(program)
        .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut lines = BufReader::new(child.stderr.take()?).lines();
    let ready = lines.by_ref().any(|line| line.is_ok_and(|line| line.contains("Server is ready")));
    // It goes on writing, and stops when nobody reads.
    std::thread::spawn(move || lines.for_each(drop));
    ready.then(|| (child, format!("nats://127.0.0.1:{port}")))
}
