use std::collections::BTreeSet;

use enginus_model::DomainId;
use proptest::prelude::*;
use rand_chacha::rand_core::Rng;

use super::node::{Node, PROJECT, folder};
use super::world::{Faults, World};
use crate::{Effect, Event};

const BAD: Faults = Faults { lost: 15, repeated: 15, delay_ms: 400, disconnects: 5 };

fn keys() -> DomainId {
    DomainId::keys(&PROJECT)
}

/// Devices that all read the keys and folders 1 to 3; the last one only folder 1.
fn devices(count: u8) -> Vec<Node> {
    (0..count)
        .map(|n| {
            let all = [keys(), folder(1), folder(2), folder(3)];
            let reads = if n + 1 == count { &all[..2] } else { &all[..] };
            Node::new(n + 1, reads.iter().copied())
        })
        .collect()
}

/// A random device writes into a domain it reads.
fn write_somewhere(world: &mut World) {
    let node = world.rng.next_u32() as usize % world.nodes.len();
    let reads: Vec<DomainId> = world.nodes[node].reads.iter().copied().collect();
    let domain = reads[world.rng.next_u32() as usize % reads.len()];
    let size = match world.rng.next_u32() % 20 {
        0 => 300_000, // longer than one frame of envelopes: goes in pieces
        1..4 => 60_000,
        _ => 50,
    };
    world.write(node, domain, size);
}

#[test]
fn two_devices_become_equal_and_say_so() {
    let mut world = World::new(1, devices(2));
    for _ in 0..5 {
        world.write(0, folder(1), 10);
        world.write(1, folder(1), 10);
        world.write(0, folder(2), 10);
    }
    world.connect(0, 1);
    world.run(3_000);
    world.assert_converged();
    assert!(world.nodes[1].held.clock().iter().all(|tip| tip.domain == folder(1)));
    assert!(world.first(0, 1, |effect| *effect == Effect::InSync(true)).is_some());
}

#[test]
fn who_asks_for_confirmation_hears_it_anew_from_a_peer_that_is_there() {
    let mut world = World::new(31, devices(2));
    world.write(0, folder(1), 10);
    world.connect(0, 1);
    world.run(10_000);
    world.assert_converged();
    let equal_again = |world: &World, me, peer, from: usize| {
        let later = &world.log[from..];
        later.iter().any(|(_, a, b, effect)| (*a, *b) == (me, peer) && *effect == Effect::InSync(true))
    };
    let from = world.log.len();
    world.event(0, 1, Event::Confirm);
    assert!(
        world.log[from..].iter().any(|(.., effect)| *effect == Effect::InSync(false)),
        "nothing is proved by the past"
    );
    world.run(200);
    assert!(equal_again(&world, 0, 1, from), "long before the next sign of life is due");
    world.assert_converged();

    // Written and not told to the link yet: what is confirmed is what is durable now.
    let from = world.log.len();
    let tip = world.nodes[0].write(folder(1), 10, &mut world.rng);
    world.event(0, 1, Event::Confirm);
    world.run(200);
    assert!(!equal_again(&world, 0, 1, from));
    world.stored(0, vec![tip]);
    world.run(500);
    assert!(equal_again(&world, 0, 1, from));

    // A peer that is gone confirms nothing.
    let from = world.log.len();
    world.faults.lost = 100;
    world.event(0, 1, Event::Confirm);
    world.run(60_000);
    assert!(!equal_again(&world, 0, 1, from));
}

#[test]
fn a_live_change_arrives_unasked_and_is_acknowledged() {
    let mut world = World::new(2, devices(3));
    world.connect_all();
    world.write(0, folder(1), 10);
    world.run(10_000);
    world.assert_converged();
    let wants = world.sent.get("wants").copied();
    let tip = world.write(0, folder(1), 10);
    world.run(200);
    assert_eq!(world.sent.get("wants").copied(), wants, "it was pushed, nobody had to ask");
    for peer in [1, 2] {
        assert!(world.nodes[peer].held.entries[&tip.log].contains_key(&(tip.seq, tip.hash)));
        let acknowledged =
            |effect: &Effect| matches!(effect, Effect::PeerHolds(tips) if tips.iter().any(|held| held.tip == tip));
        assert!(world.first(0, peer, acknowledged).is_some());
    }
    world.assert_converged();
}

#[test]
fn a_change_travels_through_a_device_in_between() {
    let mut world = World::new(3, devices(4));
    for (a, b) in [(0, 1), (1, 2), (2, 3)] {
        world.connect(a, b);
    }
    world.write(0, folder(1), 10);
    world.run(5_000);
    let tip = world.write(0, folder(1), 10);
    world.run(500);
    assert!(world.nodes[3].held.entries[&tip.log].contains_key(&(tip.seq, tip.hash)));
    world.assert_converged();
}

#[test]
fn nothing_is_sent_twice_between_two_devices_on_a_good_network() {
    let mut world = World::new(4, devices(2));
    for _ in 0..20 {
        world.write(0, folder(1), 10);
    }
    world.connect(0, 1);
    world.run(5_000);
    for _ in 0..20 {
        world.write(0, folder(1), 10);
        world.run(100);
    }
    world.assert_converged();
    assert_eq!(world.sent["envelopes"], 40);
}

#[test]
fn a_long_log_and_long_envelopes_arrive_in_bounded_frames() {
    let mut world = World::new(5, devices(2));
    for size in [10, 7_000_000, 10, 300_000, 2_000_000] {
        world.write(0, folder(1), size);
    }
    world.connect(0, 1);
    world.run(20_000);
    world.assert_converged();
    assert!(world.sent["pieces"] > 30);
}

#[test]
fn a_fork_keeps_all_branches_everywhere() {
    for common in [0, 1, 5, 40] {
        let mut nodes = devices(4);
        let mut world = World::new(common, vec![]);
        for _ in 0..common {
            nodes[0].write(folder(1), 10, &mut world.rng);
        }
        // A home is copied: two devices go on in one log, apart.
        nodes[1].key = nodes[0].key.clone();
        nodes[1].held = nodes[0].held.clone();
        for _ in 0..3 {
            nodes[0].write(folder(1), 10, &mut world.rng);
        }
        for _ in 0..30 {
            nodes[1].write(folder(1), 10, &mut world.rng);
        }
        world.nodes = nodes;
        world.connect_all();
        world.run(20_000);
        world.assert_converged();
        let log = world.nodes[3].held.tips.values().find(|tips| tips.len() == 2);
        assert!(log.is_some(), "both branches reached the last device, common {common}");
    }
}

#[test]
fn a_fork_that_goes_on_while_connected_still_converges() {
    let mut nodes = devices(3);
    let mut world = World::new(9, vec![]);
    nodes[0].write(folder(1), 10, &mut world.rng);
    nodes[1].key = nodes[0].key.clone();
    nodes[1].held = nodes[0].held.clone();
    world.nodes = nodes;
    world.connect(0, 2);
    world.connect(1, 2);
    for _ in 0..5 {
        world.write(0, folder(1), 10);
        world.write(1, folder(1), 10);
        world.run(300);
    }
    world.run(60_000);
    world.assert_converged();
}

#[test]
fn a_grant_takes_effect_without_reconnecting() {
    let mut world = World::new(6, devices(2));
    world.write(0, folder(1), 10);
    world.write(0, folder(2), 10);
    world.connect(0, 1);
    world.run(5_000);
    assert_eq!(world.nodes[1].held.domain_of.len(), 1);
    world.nodes[1].reads.insert(folder(2));
    world.event(0, 1, Event::ScopeChanged);
    world.event(1, 0, Event::ScopeChanged);
    world.run(2_000);
    assert_eq!(world.nodes[1].held.domain_of.len(), 2);
    world.assert_converged();
}

#[test]
fn a_removal_takes_effect_without_reconnecting() {
    let mut world = World::new(7, devices(2));
    world.write(0, folder(1), 10);
    world.connect(0, 1);
    world.run(5_000);
    world.nodes[1].reads.remove(&folder(1));
    world.event(0, 1, Event::ScopeChanged);
    let tip = world.write(0, folder(1), 10); // every frame sent is checked against what may be pulled
    world.run(60_000);
    assert!(!world.nodes[1].held.entries[&tip.log].contains_key(&(tip.seq, tip.hash)));
}

#[test]
fn what_was_written_before_a_removal_was_heard_of_is_given_also_after_meeting_anew() {
    for lost in [0, 30] {
        let mut world = World::new(17, devices(2));
        world.connect(0, 1);
        world.run(5_000);
        world.disconnect(0, 1);
        let tip = world.write(1, folder(1), 10);
        world.nodes[1].reads.remove(&folder(1));
        world.faults.lost = lost;
        // What both may pull is equal: no digest tells that there is something to give.
        world.connect(0, 1);
        world.run(600_000);
        assert!(world.nodes[0].held.entries.contains_key(&tip.log), "the other side never heard of it");
    }
}

#[test]
fn a_joiner_shows_its_credentials_and_then_gets_keys_before_folders() {
    let mut nodes = devices(2);
    nodes[1].reads = BTreeSet::new();
    let mut world = World::new(8, nodes);
    for _ in 0..3 {
        world.write(0, folder(1), 10);
        world.write(0, keys(), 10);
    }
    world.credentials.insert(1, vec![b"statement".to_vec()]);
    world.connect(0, 1);
    world.run(2_000);
    assert!(world.first(0, 1, |effect| *effect == Effect::Credentials(vec![b"statement".to_vec()])).is_some());
    assert!(world.nodes[1].held.entries.is_empty());
    assert!(world.first(1, 0, |effect| *effect == Effect::InSync(true)).is_none(), "nothing shared is not in sync");

    world.nodes[1].reads = [keys(), folder(1)].into();
    world.event(0, 1, Event::ScopeChanged);
    world.event(1, 0, Event::ScopeChanged);
    world.run(5_000);
    world.assert_converged();
    let taken = world.log.iter().filter_map(|(_, me, _, effect)| match effect {
        Effect::Take { envelopes } if *me == 1 => enginus_envelope::Envelope::decode(&envelopes[0]).ok(),
        _ => None,
    });
    let order: Vec<DomainId> = taken.map(|envelope| envelope.header.domain).collect();
    assert_eq!(order.first(), Some(&keys()));
    assert_eq!(order.last(), Some(&folder(1)));
}

#[test]
fn a_joiner_gets_the_snapshot_first_and_every_envelope_afterwards() {
    let mut nodes = devices(2);
    let mut world = World::new(10, vec![]);
    for _ in 0..300 {
        nodes[0].write(folder(1), 10, &mut world.rng);
    }
    let snapshot = vec![5; 700_000];
    nodes[0].snapshots.insert(folder(1), snapshot.clone());
    world.nodes = nodes;
    world.connect(0, 1);
    world.run(10_000);
    world.assert_converged();
    let got = |effect: &Effect| matches!(effect, Effect::Snapshot { bytes, offer, .. } if *bytes == snapshot && offer.covers.len() == 1);
    let snapshot_at = world.first(1, 0, got).unwrap();
    let envelopes_at = world.first(1, 0, |effect| matches!(effect, Effect::Take { .. })).unwrap();
    assert!(snapshot_at <= envelopes_at);
}

#[test]
fn every_large_folder_begins_with_its_snapshot_once_the_keys_are_here() {
    let mut nodes = devices(2);
    nodes[1].reads.insert(folder(2));
    let mut world = World::new(12, vec![]);
    for domain in [keys(), folder(1), folder(2)] {
        for _ in 0..300 {
            nodes[0].write(domain, 10, &mut world.rng);
        }
    }
    for seed in [1, 2] {
        nodes[0].snapshots.insert(folder(seed), vec![seed; 1000]);
    }
    world.nodes = nodes;
    world.connect(0, 1);
    world.run(10_000);
    world.assert_converged();
    let taken = |domain: DomainId| {
        let of =
            move |envelope: &Vec<u8>| enginus_envelope::Envelope::decode(envelope).unwrap().header.domain == domain;
        world.first(1, 0, |effect| matches!(effect, Effect::Take { envelopes } if envelopes.iter().any(of))).unwrap()
    };
    for domain in [folder(1), folder(2)] {
        let got = |effect: &Effect| matches!(effect, Effect::Snapshot { domain: of, .. } if *of == domain);
        let snapshot_at = world.first(1, 0, got).expect("its snapshot");
        assert!(taken(keys()) <= snapshot_at && snapshot_at <= taken(domain));
    }
}

#[test]
fn a_joiner_of_a_holder_without_snapshots_gets_the_envelopes() {
    let mut nodes = devices(2);
    let mut world = World::new(11, vec![]);
    for _ in 0..300 {
        nodes[0].write(folder(1), 10, &mut world.rng);
    }
    world.nodes = nodes;
    world.connect(0, 1);
    world.run(10_000);
    world.assert_converged();
}

/// Writes under faults, then lets the network heal.
fn survive(seed: u64, faults: Faults, forked: bool) {
    let mut nodes = devices(4);
    if forked {
        nodes[1].key = nodes[0].key.clone();
    }
    let mut world = World::new(seed, nodes);
    world.faults = faults;
    world.connect_all();
    for _ in 0..25 {
        write_somewhere(&mut world);
        let pause = i64::from(world.rng.next_u32() % 2000);
        world.run(pause);
    }
    world.faults = Faults::NONE;
    world.run(600_000);
    world.assert_converged();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_network_did_all_converge_once_it_heals(
        seed in any::<u64>(), lost in 0u32..40, repeated in 0u32..40, delay_ms in 1i64..3000, disconnects in 0u32..20, forked: bool,
    ) {
        survive(seed, Faults { lost, repeated, delay_ms, disconnects }, forked);
    }
}

#[test]
fn a_bad_network_is_survived() {
    for seed in 0..8 {
        survive(seed, BAD, seed % 2 == 0);
    }
}
