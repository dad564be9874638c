//! Tips with the devices that real envelopes name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use enginus_envelope::{Draft, Envelope, EpochSecret, Keypair, Parts, Payload};
use enginus_model::{DomainId, Hash, Instant, Lane, ProjectId};
use enginus_store::{Batch, EnvelopeKey, ReadError, Store};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

fn key_of(envelope: &Envelope) -> EnvelopeKey {
    let tip = envelope.tip();
    EnvelopeKey { domain: envelope.header.domain, log: tip.log, seq: tip.seq, hash: tip.hash }
}

#[test]
fn every_tip_names_its_device() {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let secret = EpochSecret::generate(&mut rng);
    let store = Store::in_memory().unwrap();
    let mut expected = Vec::new();
    for n in 1..=3u8 {
        let device = Keypair::generate(&mut rng);
        let mut prev = Hash::ZERO;
        for seq in 1..=2 {
            let draft = Draft {
                project: ProjectId([1; 32]),
                domain: DomainId::from_bytes([n; 16]),
                lane: Lane::Records,
                incarnation: [3; 16],
                seq,
                prev,
                authority: vec![],
            };
            let payload = Payload { salt: [4; 16], parts: Parts::Changes(vec![]), gained: vec![] };
            let envelope = Envelope::seal(draft, &payload, Some(&secret), &device, &mut rng).unwrap();
            let mut batch = Batch::new();
            batch.put_envelope(key_of(&envelope), prev, Instant(0), &envelope.encode());
            store.commit(batch).unwrap();
            prev = envelope.hash();
            if seq == 2 {
                expected.push((envelope.header.domain, envelope.tip(), device.device_id()));
            }
        }
    }
    let mut found = store.read().unwrap().tips_with_devices().unwrap();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_stored_entry_that_no_longer_decodes_is_damage() {
    let store = Store::in_memory().unwrap();
    let key = EnvelopeKey {
        domain: DomainId::from_bytes([1; 16]),
        log: enginus_model::LogId([1; 16]),
        seq: 1,
        hash: Hash::ZERO,
    };
    let mut batch = Batch::new();
    batch.put_envelope(key, Hash::ZERO, Instant(0), b"not an envelope");
    store.commit(batch).unwrap();
    assert!(matches!(store.read().unwrap().tips_with_devices(), Err(ReadError::Damaged { .. })));
}
