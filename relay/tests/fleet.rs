//! A fleet: three NATS servers, two relays with one key, a balancer, and devices that write while a server and a relay are killed.

#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod running;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream;
use enginus_relay::config::Engine;
use enginus_tests::{Device, Nats, PATIENCE_MS, Stage, drawing};
use futures::TryStreamExt;
use futures::future::join_all;
use running::{Balancer, PATIENCE, Program};
use tokio::sync::{mpsc, watch};

/// The key of both relays.
const KEY: &str = "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";
/// Devices that write.
const WRITERS: usize = 4;
/// Between two documents of one device.
const PAUSE: Duration = Duration::from_millis(300);

/// A document that its device was told is kept by somebody else.
struct Confirmed {
    number: String,
    writer: usize,
    at: Instant,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_outlives_a_killed_relay_and_a_killed_server() {
    let stage = Arc::new(Stage::new());
    let Some(mut nats) = Nats::start(&stage.path("nats"), 3) else { return };
    let mut relays = [1, 2].map(|n| relay(&stage.path(&format!("relay {n}")), &nats));
    for relay in &relays {
        relay.ready().await;
    }
    assert_eq!(key_of(&relays[0]), key_of(&relays[1]));
    let balancer = Balancer::start(relays.iter().map(|relay| relay.mailbox).collect()).await;
    let Team { devices, ticket, _squatter } =
        team(&stage, &format!("{}@{}", key_of(&relays[0]), balancer.address)).await;
    for relay in &relays {
        relay.until("sessions", |sessions| sessions > 0).await;
    }

    let (tell, mut told) = mpsc::unbounded_channel();
    let (stop, stopping) = watch::channel(false);
    let writing: Vec<_> = devices
        .iter()
        .enumerate()
        .map(|(writer, device)| {
            tokio::spawn(write_on((stage.clone(), device.clone(), writer), stopping.clone(), tell.clone()))
        })
        .collect();
    drop(tell);
    let mut confirmed = each_confirms(&mut told, 2, Instant::now()).await;

    let (server, _) = journal(&nats).await;
    let killed = Instant::now();
    relays[1].kill();
    nats.kill(server);
    let after = each_confirms(&mut told, 1, killed).await;
    tell_times(&after, killed);
    confirmed.extend(after);
    stop.send(true).unwrap();
    let mut written = BTreeSet::new();
    for writer in writing {
        written.extend(writer.await.unwrap());
    }
    while let Some(more) = told.recv().await {
        confirmed.push(more);
    }
    join_all(devices.iter().map(|device| holds(device, written.len()))).await;
    eprintln!("all {WRITERS} devices hold all {} documents after {} ms", written.len(), ms(killed.elapsed()));
    let registers = join_all(devices.iter().map(|device| device.register())).await;
    assert!(registers.iter().all(|register| *register == registers[0]), "they show the same");

    nats.start_again(server);
    relays[1].start_again();
    relays[1].ready().await;
    join_all(devices.iter().map(|device| device.meet())).await;
    let mut homes = Vec::new();
    for device in devices {
        homes.push(Arc::into_inner(device).expect("nobody writes any more").close().await);
    }
    let (_, kept) = journal(&nats).await;
    // The relay that was killed and started again is alone now, and gives everything.
    relays[0].kill();
    let newcomer = Device::new(&stage, "Newcomer").await;
    newcomer.join_now(&ticket).await;
    // Epochs may have been opened after the ticket was made: the owner seals them to whoever came meanwhile.
    let owner = Device::open(&homes[0], false).await;
    owner.meet().await;
    owner.close().await;
    newcomer.meet().await;
    assert!(journal(&nats).await.1 >= kept, "the servers lost nothing");
    let numbers: BTreeSet<String> = newcomer.numbers().await.into_iter().collect();
    let lost: Vec<_> = confirmed.iter().filter(|one| !numbers.contains(&one.number)).map(|one| &one.number).collect();
    assert!(lost.is_empty(), "confirmed and lost: {lost:?}; {:?}", newcomer.status().await);
    assert_eq!(newcomer.register().await, registers[0]);
    let last = confirmed.last().unwrap();
    let (name, seed) = sheet(&last.number);
    assert_eq!(newcomer.get(&last.number, None, PATIENCE_MS).await.unwrap(), drawing(&name, seed));
    newcomer.close().await;
}

fn relay(folder: &Path, nats: &Nats) -> Program {
    Program::start(folder, Some(KEY), |config| {
        config.storage.engine = Engine::Nats;
        config.storage.nats.url = nats.urls().join(",");
        config.storage.nats.replicas = 3;
    })
}

/// The part of a relay's address before its place.
fn key_of(relay: &Program) -> &str {
    relay.address.split_once('@').unwrap().0
}

/// Devices of one project that reach nobody but its relay.
struct Team {
    devices: Vec<Arc<Device>>,
    /// A ticket for one more.
    ticket: String,
    /// Has taken the place at which the tickets say that the owner is.
    _squatter: std::net::UdpSocket,
}

async fn team(stage: &Stage, relay: &str) -> Team {
    let owner = Device::owner(stage, &[]).await;
    owner.use_relay(relay).await;
    let (mut tickets, mut place) = (Vec::new(), None);
    for _ in 0..WRITERS {
        let invitation = owner.invitation("contractor", &[]).await.unwrap();
        tickets.push(invitation.ticket);
        place = invitation.addresses.first().cloned();
    }
    owner.meet().await;
    let mut team = vec![owner.close().await];
    let squatter = std::net::UdpSocket::bind(place.expect("a place")).unwrap();
    let ticket = tickets.pop().unwrap();
    let joining = tickets.iter().enumerate().map(async |(n, ticket)| {
        let device = Device::new(stage, &format!("Contractor {n}")).await;
        device.join_now(ticket).await;
        device.close().await
    });
    team.extend(join_all(joining).await);
    let mut devices = Vec::new();
    for home in team {
        devices.push(Arc::new(Device::open(&home, true).await));
    }
    Team { devices, ticket, _squatter: squatter }
}

/// Adds one document after the other, each once the one before is confirmed; answers their numbers.
async fn write_on(
    (stage, device, writer): (Arc<Stage>, Arc<Device>, usize),
    stopping: watch::Receiver<bool>,
    tell: mpsc::UnboundedSender<Confirmed>,
) -> Vec<String> {
    let mut numbers = Vec::new();
    while !*stopping.borrow() {
        let number = format!("SP-{}", 1000 * (writer + 1) + numbers.len());
        let (name, seed) = sheet(&number);
        // Access may change at the same moment: somebody who joined is being given a new epoch. Then it is added again.
        while device.try_add("Projects", &[stage.drawing(&name, seed)]).await.is_err() {}
        device.see("that nothing is unsent", |project| project.sync.unsent == 0).await;
        tell.send(Confirmed { number: number.clone(), writer, at: Instant::now() }).unwrap();
        numbers.push(number);
        tokio::time::sleep(PAUSE).await;
    }
    numbers
}

/// A document's file: its name, and what tells its content from others'.
fn sheet(number: &str) -> (String, u32) {
    (format!("{number}_SHEET-P01.pdf"), number.trim_start_matches("SP-").parse().unwrap())
}

/// Waits until each device was told of so many documents that were confirmed after a moment.
async fn each_confirms(told: &mut mpsc::UnboundedReceiver<Confirmed>, count: usize, since: Instant) -> Vec<Confirmed> {
    let mut confirmed: Vec<Confirmed> = Vec::new();
    let enough = |confirmed: &[Confirmed]| {
        let of = |writer| confirmed.iter().filter(|one| one.writer == writer && one.at > since).count();
        (0..WRITERS).all(|writer| of(writer) >= count)
    };
    let gathering = async {
        while !enough(&confirmed) {
            confirmed.push(told.recv().await.expect("they go on writing"));
        }
    };
    tokio::time::timeout(PATIENCE, gathering).await.expect("each device is told that something is confirmed");
    confirmed
}

fn tell_times(confirmed: &[Confirmed], killed: Instant) {
    for writer in 0..WRITERS {
        let first = confirmed.iter().filter(|one| one.writer == writer && one.at > killed).map(|one| one.at).min();
        eprintln!("device {writer}: the next confirmed write {} ms after the kill", ms(first.unwrap() - killed));
    }
}

const fn ms(time: Duration) -> u128 {
    time.as_millis()
}

async fn holds(device: &Device, documents: usize) {
    device
        .see("every document", |project| {
            project.folders.iter().map(|folder| folder.view.counts().documents).sum::<usize>() == documents
        })
        .await;
}

/// The server that leads the project's stream, which is the worst one to lose, and the number of the stream's last message.
async fn journal(nats: &Nats) -> (usize, u64) {
    let client = async_nats::connect(nats.urls()).await.unwrap();
    let context = jetstream::new(client);
    let names: Vec<String> = context.stream_names().try_collect().await.unwrap();
    let journal = names.iter().find(|name| !name.starts_with("OBJ_")).expect("the project's stream");
    let mut stream = context.get_stream(journal).await.unwrap();
    let info = stream.info().await.unwrap();
    let leader = info.cluster.as_ref().and_then(|cluster| cluster.leader.clone()).expect("somebody leads");
    let leader = (0..3).find(|number| Nats::name(*number) == leader).expect("one of ours");
    (leader, info.state.last_sequence)
}
