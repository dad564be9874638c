//! Devices that know no address of each other connect through a relay of the project.

use std::net::Ipv4Addr;
use std::sync::Arc;

use enginus_engine::api::{Command, ProjectSnapshot};
use enginus_relay::config::Config;
use enginus_relay::metrics::Metrics;
use enginus_relay::nat::{AdmitsAll, Nat};
use enginus_tests::{Device, Relay, Stage};

/// The relay's other side, and its web address.
async fn web() -> (Nat, String) {
    let mut config = Config::default();
    config.server.relay = (Ipv4Addr::LOCALHOST, 0).into();
    let nat = Nat::start(&config, None, Arc::new(AdmitsAll), Arc::new(Metrics::new())).await.unwrap();
    let web = format!("http://{}", nat.address().unwrap());
    (nat, web)
}

fn is_with(project: &ProjectSnapshot, name: &str) -> bool {
    project.sync.peers.iter().any(|peer| peer.name == name && peer.in_sync)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_who_never_met_find_each_other_through_the_relay() {
    let stage = Stage::new();
    let relay = Relay::start(&stage.path("relay")).await;
    let (nat, web) = web().await;
    let owner = Device::owner(&stage, &[]).await;
    let address = format!("{}?web={web}", relay.address());
    owner.ask(Command::ProjectRelay { project: None, address, used: true }).await.unwrap();
    let tickets = [owner.invite("contractor", &[]).await, owner.invite("consultant", &[]).await];
    owner.meet().await;
    owner.close().await;

    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&tickets[0]).await;
    contractor.meet().await;
    let contractor = contractor.offline().await;
    let consultant = Device::new(&stage, "Consultant").await;
    consultant.join_now(&tickets[1]).await;
    consultant.meet().await;
    let (contractor, consultant) = (contractor.online().await, consultant.online().await);
    contractor.see("the consultant", |project| is_with(project, "Consultant")).await;
    consultant.see("the contractor", |project| is_with(project, "Contractor")).await;
    let relays =
        |project: &ProjectSnapshot| project.sync.relays.iter().all(|relay| relay.in_sync) && project.sync.unsent == 0;
    contractor.see("the relay in sync", relays).await;
    contractor.close().await;
    consultant.close().await;
    nat.stop().await;
    relay.stop().await;
}
