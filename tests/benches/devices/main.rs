//! What two devices on loopback take for what people wait for, measured from outside, through the engine, as a window does.
//!
//! `cargo bench -p enginus-tests --bench devices -- edit` (an edit until its row on the other device), `-- join` (joining a project of
//! 100,000 documents), `-- receive` (taking envelopes in, against what cannot be saved of it); without a name all three.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly, and answers by printing"
)]

mod parts;

use std::path::Path;
use std::time::{Duration, Instant};

use enginus_crdt::Shard;
use enginus_engine::api::{Command, ProjectSnapshot};
use enginus_store::{Options, Store};
use enginus_tests::{Device, PATIENCE_MS, Stage, files_under};

const LARGE: u32 = 100_000;
const EDITS: usize = 300;
const ENVELOPES: usize = 2_000;
const FOLDER: &str = "Projects";

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if wanted("edit") {
        runtime.block_on(edit(100));
        runtime.block_on(edit(LARGE));
    }
    if wanted("join") {
        runtime.block_on(join());
    }
    if wanted("receive") {
        runtime.block_on(receive());
    }
}

async fn owner_of(stage: &Stage, documents: u32) -> Device {
    let owner = Device::owner(stage, &[]).await;
    generate(&owner, documents).await;
    owner
}

async fn generate(device: &Device, count: u32) {
    device.ask(Command::DevGenerate { project: None, folder: FOLDER.to_owned(), count }).await.unwrap();
}

/// The number of a generated document, from the register.
async fn a_number(device: &Device) -> String {
    device.numbers().await.swap_remove(7)
}

fn rows(shown: &ProjectSnapshot) -> usize {
    shown.folders.iter().map(|folder| folder.view.len()).sum()
}

fn has_title(shown: &ProjectSnapshot, number: &str, title: &str) -> bool {
    shown.folders.iter().flat_map(|folder| folder.view.numbered(number)).any(|row| row.title == title)
}

fn percentiles(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("  {name:38} p50 {:>8.2?}   p90 {:>8.2?}   p99 {:>8.2?}", at(50), at(90), at(99));
}

async fn edit(documents: u32) {
    println!("an edit in a project of {documents} documents");
    let stage = Stage::new();
    let owner = owner_of(&stage, documents).await.online().await;
    let other = Device::new(&stage, "Controller").await;
    other.join_now(&owner.invite("document-controller", &[]).await).await;
    let number = a_number(&owner).await;
    other.see("every row", |shown| rows(shown) == documents as usize).await;
    owner.see("the other, equal", |shown| shown.sync.peers.iter().any(|peer| peer.connected && peer.in_sync)).await;
    let (mut acknowledged, mut seen) = (Vec::new(), Vec::new());
    for n in 0..EDITS {
        let title = format!("Title {n}");
        let start = Instant::now();
        let written = async {
            owner.edit(&number, "title", &title).await;
            start.elapsed()
        };
        let shown = async {
            other.see("the title", |shown| has_title(shown, &number, &title)).await;
            start.elapsed()
        };
        let (written, shown) = tokio::join!(written, shown);
        acknowledged.push(written);
        seen.push(shown);
    }
    percentiles("durable here", acknowledged);
    percentiles("its row on the other device", seen);
    owner.close().await;
    other.close().await;
}

async fn join() {
    let stage = Stage::new();
    let owner = owner_of(&stage, LARGE).await.online().await;
    let ticket = owner.invite("document-controller", &[]).await;
    let other = Device::new(&stage, "Controller").await;
    let (start, before) = (Instant::now(), loopback_bytes());
    let joined = async {
        other.join(&ticket, PATIENCE_MS * 10).await.unwrap();
        start.elapsed()
    };
    let shown = async {
        every_row(&other).await;
        start.elapsed()
    };
    let (joined, shown) = tokio::join!(joined, shown);
    let moved = loopback_bytes() - before;
    println!("joining a project of {LARGE} documents: every row shown after {shown:.2?}, answered after {joined:.2?}");
    other.close().await;
    let (bytes, loading) = saved_documents(&owner.close().await);
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!("  its Automerge documents: {:.1} MiB saved, loaded in {loading:.2?}", mebibytes(bytes));
    println!(
        "  over loopback, whoever else uses it included: {:.1} MiB, {:.2} times their size; {:.1} times the time",
        mebibytes(moved),
        moved as f64 / bytes as f64,
        shown.as_secs_f64() / loading.as_secs_f64()
    );
}

/// Waits until a window would show all rows of a project that may not be there yet.
async fn every_row(device: &Device) {
    let mut changes = device.engine().changes();
    loop {
        let home = device.engine().home();
        let shown = home.projects.first().and_then(|project| device.engine().project(&project.id));
        if shown.is_some_and(|shown| rows(&shown) == LARGE as usize) {
            return;
        }
        changes.changed().await.unwrap();
    }
}

/// Bytes sent over the loopback device since the machine started; 0 where the system does not tell.
fn loopback_bytes() -> u64 {
    let devices = std::fs::read_to_string("/proc/net/dev").unwrap_or_default();
    let line = devices.lines().find_map(|line| line.trim_start().strip_prefix("lo:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// How large the saved shards of a closed home are, and how long loading them takes.
fn saved_documents(home: &Path) -> (u64, Duration) {
    let file = files_under(home).into_iter().find(|path| path.ends_with("project.redb")).unwrap();
    let store = Store::open(file, Options::default()).unwrap();
    let reader = store.read().unwrap();
    let mut domains: Vec<_> = reader.all_tips().unwrap().into_iter().map(|tip| tip.domain).collect();
    domains.sort_unstable();
    domains.dedup();
    let keys = domains.iter().flat_map(|domain| reader.shards(domain).unwrap());
    let saved: Vec<Vec<u8>> = keys.filter_map(|key| reader.shard(&key).unwrap()).map(|(_, saved)| saved).collect();
    let start = Instant::now();
    for saved in &saved {
        std::hint::black_box(Shard::load(saved).unwrap());
    }
    (saved.iter().map(|saved| saved.len() as u64).sum(), start.elapsed())
}

async fn receive() {
    let stage = Stage::new();
    let owner = owner_of(&stage, 100).await.online().await;
    let other = Device::new(&stage, "Controller").await;
    other.join_now(&owner.invite("document-controller", &[]).await).await;
    let (owner, other) = (owner.offline().await, other.offline().await);
    let number = a_number(&owner).await;
    for n in 0..ENVELOPES {
        owner.edit(&number, "title", &format!("Title {n}")).await;
    }
    let bundle = stage.path("bundle");
    owner.export(&bundle).await;
    let start = Instant::now();
    let (joined, new) = other.import(&bundle).await.unwrap();
    let took = start.elapsed();
    assert!(joined && new >= ENVELOPES as u64, "{new}");
    let each = took / u32::try_from(new).unwrap();
    let floor = parts::measure(ENVELOPES);
    println!("receiving {new} envelopes out of a bundle, one change each: {each:.1?} each");
    println!("  {:.2} times what cannot be saved", each.as_secs_f64() / floor.as_secs_f64());
    owner.close().await;
    other.close().await;
}
