use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::ShardChanges;

const PROJECT: ProjectId = ProjectId([1; 32]);

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([9; 32])
}

fn device() -> Keypair {
    Keypair::from_seed(&[2; 32])
}

fn secret() -> EpochSecret {
    EpochSecret::from_bytes([3; 32])
}

fn draft() -> Draft {
    Draft {
        project: PROJECT,
        domain: DomainId::from_bytes([4; 16]),
        lane: Lane::Reviews,
        incarnation: [5; 16],
        seq: 300,
        prev: Hash([6; 32]),
        authority: vec![Hash([9; 32]), Hash([7; 32]), Hash([9; 32])],
    }
}

fn payload() -> Payload {
    Payload {
        salt: [8; 16],
        parts: Parts::Changes(vec![ShardChanges {
            generation: 1,
            actor: [1; 16],
            previous: None,
            changes: vec![b"a canary nobody may see".to_vec()],
        }]),
        gained: vec![],
    }
}

fn sealed() -> Envelope {
    Envelope::seal(draft(), &payload(), Some(&secret()), &device(), &mut rng()).unwrap()
}

/// Signs whatever header a test made up, as a hostile device could.
fn signed(header: Header, body: Vec<u8>) -> Envelope {
    let header = Header { ciphertext: Hash::of(&body), device: device().device_id(), ..header };
    let signature = device().sign(SIGNING_CONTEXT, &header.encode());
    Envelope { header, signature, body }
}

#[test]
fn what_is_sealed_is_received_verified_and_opened() {
    let envelope = sealed();
    let received = Envelope::decode(&envelope.encode()).unwrap();
    assert_eq!(received, envelope);
    assert_eq!(received.verify(), Ok(()));
    assert_eq!(received.open(Some(&secret())), Ok(payload()));
    assert_eq!(received.header.authority, [Hash([7; 32]), Hash([9; 32])]);
    assert_eq!(received.tip().seq, 300);
    assert_eq!(received.tip().hash, received.header.hash());
}

#[test]
fn nothing_of_the_content_is_in_clear() {
    let bytes = sealed().encode();
    assert!(!bytes.windows(8).any(|window| b"a canary nobody may see".windows(8).any(|part| part == window)));
}

#[test]
fn the_same_content_in_the_same_place_never_has_the_same_nonce() {
    let mut rng = rng();
    let mut seal = || Envelope::seal(draft(), &payload(), Some(&secret()), &device(), &mut rng).unwrap();
    let (a, b) = (seal(), seal());
    assert_eq!(a.header.log(), b.header.log());
    assert_ne!(a.body[..NONCE_BYTES], b.body[..NONCE_BYTES]);
    assert_ne!(a.hash(), b.hash());
}

#[test]
fn the_keys_domain_alone_is_not_sealed() {
    let keys = Payload { parts: Parts::Keys(vec![vec![1, 2]]), ..payload() };
    let in_keys = Draft { domain: DomainId::keys(&PROJECT), lane: Lane::Records, ..draft() };
    let envelope = Envelope::seal(in_keys.clone(), &keys, None, &device(), &mut rng()).unwrap();
    assert_eq!(envelope.header.epoch, EpochId::NONE);
    let received = Envelope::decode(&envelope.encode()).unwrap();
    assert_eq!(received.verify(), Ok(()));
    assert_eq!(received.open(None), Ok(keys.clone()));
    assert_eq!(received.open(Some(&secret())), Ok(keys.clone()));

    let refused = Envelope::seal(in_keys, &keys, Some(&secret()), &device(), &mut rng());
    assert!(matches!(refused, Err(SealError::BadHeader { .. })));
    let refused = Envelope::seal(draft(), &payload(), None, &device(), &mut rng());
    assert!(matches!(refused, Err(SealError::BadHeader { .. })));
}

#[test]
fn content_stays_in_the_domain_it_belongs_to() {
    for (domain, parts) in [
        (draft().domain, Parts::Statements(vec![])),
        (draft().domain, Parts::Keys(vec![])),
        (DomainId::authority(&PROJECT), Parts::Changes(vec![])),
        (DomainId::keys(&PROJECT), Parts::Statements(vec![])),
    ] {
        let content = Payload { parts, ..payload() };
        let refused = Envelope::seal(Draft { domain, ..draft() }, &content, Some(&secret()), &device(), &mut rng());
        assert!(matches!(refused, Err(SealError::WrongKind { .. })), "{refused:?}");
    }
    let statements = Payload { parts: Parts::Statements(vec![vec![1]]), ..payload() };
    let authority = Draft { domain: DomainId::authority(&PROJECT), ..draft() };
    let envelope = Envelope::seal(authority, &statements, Some(&secret()), &device(), &mut rng()).unwrap();
    assert_eq!(envelope.open(Some(&secret())), Ok(statements.clone()));

    // A hostile author does not ask seal(): statements in a folder.
    let plaintext = statements.encode().unwrap();
    let header = Header { commitment: commitment(&statements.salt, &plaintext), ..sealed().header };
    let body = seal_body(&header, &plaintext, &secret(), &mut rng());
    let hostile = signed(header, body);
    assert_eq!(hostile.verify(), Ok(()));
    assert_eq!(hostile.open(Some(&secret())), Err(OpenError::WrongKind { found: "statements" }));
}

#[test]
fn every_flipped_bit_of_every_byte_is_refused() {
    let bytes = sealed().encode();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            let refused = match Envelope::decode(&altered) {
                Err(_) => true,
                Ok(envelope) => envelope.verify().is_err(),
            };
            assert!(refused, "bit {bit} of byte {at} was accepted");
        }
    }
}

#[test]
fn cuts_additions_and_other_encodings_are_refused() {
    let bytes = sealed().encode();
    for end in 0..bytes.len() {
        assert_eq!(Envelope::decode(&bytes[..end]), Err(DecodeError::Malformed), "cut at {end}");
    }
    assert_eq!(Envelope::decode(&[&bytes[..], &[0]].concat()), Err(DecodeError::Malformed));
    let mut newer = bytes.clone();
    newer[0] = 2;
    assert_eq!(Envelope::decode(&newer), Err(DecodeError::NewerVersion { found: 2 }));

    // The same seq with a padded varint: postcard reads it, the canonical form does not have it.
    let at = 1 + 32 + 17 + 1 + 32 + 16; // version, project, domain (a length and its bytes), lane, device, incarnation
    assert_eq!(bytes[at..at + 2], [0xAC, 0x02]);
    let mut padded = bytes[..at].to_vec();
    padded.extend_from_slice(&[0xAC, 0x82, 0x00]);
    padded.extend_from_slice(&bytes[at + 2..]);
    assert!(postcard::from_bytes::<Envelope>(&padded[1..]).is_ok());
    assert_eq!(Envelope::decode(&padded), Err(DecodeError::Malformed));
}

#[test]
fn headers_that_break_a_rule_are_refused_though_signed() {
    let good = sealed().header;
    let many = (0..=MAX_AUTHORITY_HEADS).map(|i| Hash([i as u8; 32])).collect();
    for header in [
        Header { seq: 0, ..good.clone() },
        Header { seq: 1, ..good.clone() },
        Header { prev: Hash::ZERO, ..good.clone() },
        Header { authority: many, ..good.clone() },
        Header { authority: vec![Hash([2; 32]), Hash([1; 32])], ..good.clone() },
        Header { authority: vec![Hash([1; 32]); 2], ..good.clone() },
        Header { epoch: EpochId::NONE, ..good.clone() },
        Header { domain: DomainId::keys(&PROJECT), ..good.clone() },
        Header { domain: DomainId::keys(&PROJECT), epoch: EpochId::NONE, lane: Lane::Comments, ..good },
    ] {
        let envelope = signed(header, vec![1; 60]);
        assert!(matches!(Envelope::decode(&envelope.encode()), Err(DecodeError::BadHeader { .. })), "{envelope:?}");
        assert!(matches!(envelope.verify(), Err(VerifyError::BadHeader { .. })));
    }
}

#[test]
fn limits_on_size_hold() {
    let largest = signed(sealed().header, vec![0; MAX_BODY_BYTES]);
    assert!(Envelope::decode(&largest.encode()).is_ok());
    assert_eq!(largest.verify(), Ok(()));
    let over = signed(sealed().header, vec![0; MAX_BODY_BYTES + 1]);
    assert!(matches!(Envelope::decode(&over.encode()), Err(DecodeError::TooLarge { .. })));
    assert_eq!(over.verify(), Err(VerifyError::BodyMismatch));
    let content = Payload { parts: Parts::Keys(vec![vec![0; MAX_BODY_BYTES]]), ..payload() };
    let in_keys = Draft { domain: DomainId::keys(&PROJECT), lane: Lane::Records, ..draft() };
    let refused = Envelope::seal(in_keys, &content, None, &device(), &mut rng());
    assert_eq!(refused, Err(SealError::Payload(PayloadError::TooMuch { what: "bytes" })));
}

#[test]
fn another_device_cannot_claim_the_entry() {
    let mut envelope = sealed();
    envelope.header.device = Keypair::from_seed(&[77; 32]).device_id();
    assert_eq!(envelope.verify(), Err(VerifyError::BadSignature));
    // A signature over the same bytes for another purpose is none.
    let mut envelope = sealed();
    envelope.signature = device().sign("enginus 1 statement", &envelope.header.encode());
    assert_eq!(envelope.verify(), Err(VerifyError::BadSignature));
}

#[test]
fn a_wrong_or_missing_secret_says_so() {
    let envelope = sealed();
    let epoch = secret().id();
    assert_eq!(envelope.open(None), Err(OpenError::NoSecret { epoch }));
    let other = EpochSecret::from_bytes([99; 32]);
    assert_eq!(envelope.open(Some(&other)), Err(OpenError::WrongSecret { epoch }));
}

#[test]
fn a_body_moved_to_another_place_does_not_open() {
    let envelope = sealed();
    let moved = signed(Header { seq: 301, ..envelope.header.clone() }, envelope.body.clone());
    assert_eq!(moved.verify(), Ok(()));
    assert_eq!(moved.open(Some(&secret())), Err(OpenError::NotAuthentic));
    let relabelled = signed(Header { lane: Lane::Records, ..envelope.header.clone() }, envelope.body.clone());
    assert_eq!(relabelled.open(Some(&secret())), Err(OpenError::NotAuthentic));
    let short = signed(envelope.header, vec![1; 10]);
    assert_eq!(short.open(Some(&secret())), Err(OpenError::NotAuthentic));
}

#[test]
fn content_or_salt_other_than_committed_to_is_refused() {
    let other = Payload { salt: [88; 16], ..payload() };
    for commitment in [commitment(&other.salt, &payload().encode().unwrap()), Hash([1; 32])] {
        let header = Header { commitment, ..sealed().header };
        let body = seal_body(&header, &payload().encode().unwrap(), &secret(), &mut rng());
        let hostile = signed(header, body);
        assert_eq!(hostile.verify(), Ok(()));
        assert_eq!(hostile.open(Some(&secret())), Err(OpenError::CommitmentMismatch));
    }
    // Same parts, another salt, the first one's commitment.
    let header = sealed().header;
    let body = seal_body(&header, &other.encode().unwrap(), &secret(), &mut rng());
    assert_eq!(signed(header, body).open(Some(&secret())), Err(OpenError::CommitmentMismatch));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut versioned = vec![VERSION];
        versioned.extend_from_slice(&bytes);
        prop_assert!(Envelope::decode(&versioned).is_err() || bytes.len() > 300);
        let _ = Envelope::decode(&bytes);
    }

    #[test]
    fn any_replaced_byte_is_refused(at in 0usize..500, to in any::<u8>()) {
        let bytes = sealed().encode();
        let at = at % bytes.len();
        prop_assume!(bytes[at] != to);
        let mut altered = bytes;
        altered[at] = to;
        prop_assert!(Envelope::decode(&altered).map_or(true, |envelope| envelope.verify().is_err()));
    }

    #[test]
    fn any_payload_comes_back(
        salt in any::<[u8; 16]>(),
        changes in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..10),
        seq in 2u64..,
    ) {
        let shard = ShardChanges { generation: 0, actor: salt, previous: Some(Hash(salt.repeat(2).try_into().unwrap())), changes };
        let payload = Payload { salt, parts: Parts::Changes(vec![shard]), gained: vec![] };
        let envelope = Envelope::seal(Draft { seq, ..draft() }, &payload, Some(&secret()), &device(), &mut rng()).unwrap();
        let received = Envelope::decode(&envelope.encode()).unwrap();
        prop_assert_eq!(received.verify(), Ok(()));
        prop_assert_eq!(received.open(Some(&secret())), Ok(payload));
    }
}
