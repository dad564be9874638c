//! Envelopes and what is in them: one encoding each, and nothing altered is genuine.

use enginus_envelope::{Draft, Envelope, EpochSecret, Parts, Payload};
use enginus_model::{DomainId, Hash, Lane, ProjectId};

use super::from::{From, key, rng};

pub const PROJECT: ProjectId = ProjectId([1; 32]);

pub fn secret() -> EpochSecret {
    EpochSecret::from_bytes([3; 32])
}

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    match from.below(3) {
        0 => whole(from.rest()),
        1 => payload(from.rest()).is_some(),
        _ => sealed(from),
    }
}

fn whole(bytes: &[u8]) -> bool {
    let Ok(envelope) = Envelope::decode(bytes) else { return false };
    assert_eq!(envelope.encode(), bytes, "an envelope has one encoding");
    let _ = (envelope.hash(), envelope.tip(), envelope.open(None));
    envelope.verify().is_ok() && envelope.open(Some(&secret())).is_ok()
}

fn payload(bytes: &[u8]) -> Option<Payload> {
    let payload = Payload::decode(bytes).ok()?;
    let again = payload.encode().expect("what was read can be written");
    assert_eq!(Payload::decode(&again).as_ref(), Ok(&payload));
    Some(payload)
}

/// The domain and its kind of content.
fn domain(n: u8) -> DomainId {
    match n {
        0 => DomainId::keys(&PROJECT),
        1 => DomainId::authority(&PROJECT),
        _ => DomainId::from_bytes([n; 16]),
    }
}

fn sealed(mut from: From<'_>) -> bool {
    let domain = domain(from.below(4));
    let lane = Lane::ALL[usize::from(from.below(3))];
    let seq = u64::from(from.byte());
    let prev = if seq == 1 { Hash::ZERO } else { Hash([seq as u8; 32]) };
    let authority = (0..from.below(40)).map(|n| Hash([n; 32])).collect();
    let content = payload(from.bytes()).unwrap_or(Payload {
        salt: [1; 16],
        parts: Parts::Changes(Vec::new()),
        gained: Vec::new(),
    });
    let draft = Draft { project: PROJECT, domain, lane, incarnation: [2; 16], seq, prev, authority };
    let secret = (domain != DomainId::keys(&PROJECT)).then(secret);
    let Ok(envelope) = Envelope::seal(draft, &content, secret.as_ref(), &key(1), &mut rng()) else { return false };
    let bytes = envelope.encode();
    assert_eq!(Envelope::decode(&bytes).as_ref(), Ok(&envelope));
    assert_eq!(envelope.verify(), Ok(()));
    assert_eq!(envelope.open(secret.as_ref()).as_ref(), Ok(&content));

    let mut altered = bytes.clone();
    from.spoil(&mut altered);
    if altered != bytes
        && let Ok(other) = Envelope::decode(&altered)
    {
        assert!(other.verify().is_err(), "an altered envelope is not genuine");
        let _ = other.open(secret.as_ref());
    }
    true
}
