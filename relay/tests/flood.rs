//! Ten thousand who knock and never come in: they take bounded memory, are counted, and others are served meanwhile.

#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod running;

use std::collections::{HashSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use enginus_model::DeviceId;
use enginus_net::{Node, NodeConfig};
use enginus_tests::{Device, Stage};
use futures::stream::{FuturesUnordered, StreamExt};
use running::{PATIENCE, Program};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::watch;

const MANY: usize = 10_000;
/// What the relay's memory may grow by, at its highest: 25 KiB for each of them.
const GROWTH_KIB: u64 = 256 << 10;
/// Callers at the same time; each gives up after a moment.
const CALLERS: usize = 64;
const MOMENT: Duration = Duration::from_millis(50);
/// Senders' places that are kept: whoever is beyond them is gone when the relay answers.
const PLACES: usize = 500;

/// A relay with a project, and the home of a device of it.
struct Scene {
    stage: Stage,
    relay: Program,
    home: std::path::PathBuf,
    written: u32,
    /// The relay's memory before anybody knocked.
    before: u64,
}

impl Scene {
    async fn new() -> Self {
        let stage = Stage::new();
        let relay = Program::start(&stage.path("relay"), None, |_| {});
        relay.ready().await;
        let owner = Device::owner(&stage, &[]).await;
        owner.use_relay(&relay.address).await;
        owner.meet().await;
        let home = owner.close().await;
        let before = relay.memory_kib("VmRSS");
        Self { stage, relay, home, written: 0, before }
    }

    /// That a device which comes now is let in and gets its work confirmed.
    async fn others_are_served(&mut self) {
        self.written += 1;
        let device = Device::open(&self.home, false).await;
        let sheet = self.stage.drawing(&format!("SP-{}_SHEET-P01.pdf", 100 + self.written), self.written);
        device.add("Projects", &[sheet]).await;
        device.meet().await;
        device.close().await;
    }

    fn memory_is_bounded(&self) {
        let grown = self.relay.memory_kib("VmHWM").saturating_sub(self.before);
        eprintln!("the relay's memory: {} MiB before, at most {} MiB more", self.before >> 10, grown >> 10);
        assert!(grown < GROWTH_KIB, "{grown} KiB more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_nobody_finishes() {
    let mut scene = Scene::new().await;
    let valve = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = valve.local_addr().unwrap();
    let (tell, mut passed) = watch::channel(0);
    let passing = tokio::spawn(pass_one_way(valve, scene.relay.mailbox, tell));
    let calling = tokio::spawn(call_for_ever(key_of(&scene.relay), at));
    for part in 1..=4 {
        let so_many = passed.wait_for(|passed| *passed >= part * MANY / 4);
        tokio::time::timeout(PATIENCE, so_many).await.expect("they call").unwrap();
        scene.others_are_served().await;
    }
    calling.abort();
    passing.abort();
    scene.relay.until("turned_away_total{reason=\"unproved\"}", |count| count > 0).await;
    scene.memory_is_bounded();
    scene.others_are_served().await;
}

fn key_of(relay: &Program) -> DeviceId {
    let digits = relay.address.trim_start_matches("relay://").split('@').next().unwrap();
    let byte = |at: usize| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap();
    DeviceId(std::array::from_fn(byte))
}

/// Begins one handshake after the other; each is given up soon.
async fn call_for_ever(relay: DeviceId, at: SocketAddr) {
    let config = NodeConfig { seed: [9; 32], port: 0, bind: Ipv4Addr::LOCALHOST.into(), mdns: false };
    let node = Node::bind(config).await.unwrap();
    let dialler = node.dialler();
    let call = || {
        let dialler = dialler.clone();
        async move { dialler.connect_to_mailbox(relay, &[at], MOMENT).await.map(drop) }
    };
    let mut calls: FuturesUnordered<_> = (0..CALLERS).map(|_| call()).collect();
    while let Some(called) = calls.next().await {
        called.expect_err("nobody is answered");
        calls.push(call());
    }
}

/// Passes the first packet of each handshake on to the relay, from a place of its own, and no answer back. Tells how many.
async fn pass_one_way(valve: UdpSocket, relay: SocketAddr, tell: watch::Sender<usize>) {
    let (mut known, mut places) = (HashSet::new(), VecDeque::new());
    let mut packet = vec![0; 1 << 16];
    loop {
        let Ok((length, _)) = valve.recv_from(&mut packet).await else { continue };
        let Some(handshake) = begins(&packet[..length]) else { continue };
        if !known.insert(handshake.to_vec()) {
            continue;
        }
        let place = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        place.send_to(&packet[..length], relay).await.unwrap();
        places.push_back(place);
        if places.len() > PLACES {
            places.pop_front();
        }
        tell.send_replace(known.len());
    }
}

/// Of a packet that begins a handshake (RFC 9000, 17.2.2): the name its sender gave the connection.
fn begins(packet: &[u8]) -> Option<&[u8]> {
    let is_initial = packet.first()? & 0b1111_0000 == 0b1100_0000;
    let length = usize::from(*packet.get(5)?);
    is_initial.then_some(packet.get(6..6 + length)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_nothing() {
    let mut scene = Scene::new().await;
    let batch = open_files_max().saturating_sub(300).min(2_500);
    let mut opened = 0;
    while opened < MANY {
        // Most where devices find each other; on the operator's side as many as it lets in at once.
        let mut silent = connect(scene.relay.web, batch - 64).await;
        silent.extend(connect(scene.relay.operator, 64).await);
        opened += silent.len();
        scene.others_are_served().await;
        // What they hold is given up by itself: the operator gets an answer while they stand.
        scene.relay.ready().await;
        drop(silent);
    }
    scene.memory_is_bounded();
}

async fn connect(at: SocketAddr, count: usize) -> Vec<TcpStream> {
    let connecting = futures::stream::iter(0..count).map(|_| TcpStream::connect(at)).buffer_unordered(64);
    connecting.map(Result::unwrap).collect().await
}

/// How many files this process may have open, and the relay that it starts.
fn open_files_max() -> usize {
    let limits = std::fs::read_to_string(Path::new("/proc/self/limits")).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a limit");
    line.split_whitespace().next().and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX)
}
