//! What somebody may try with the bytes of statements. Each test fails when its check is taken out.

use enginus_envelope::{Keypair, PublicKey, Signature};
use enginus_model::Instant;

use crate::testing::{OWNER, keypair, person, refusal, rng, root, world, writer};
use crate::{
    DeviceCertificate, EpochRecord, FormatError, MAX_STATEMENT_BYTES, Refusal, SignedStatement, Statement,
    StatementError, Target, wire,
};

const CONTEXT: &str = "enginus 1 access statement";

/// A statement as somebody else than its signer may put it together.
fn put_together(statement: &Statement, sign: impl FnOnce(&[u8]) -> Signature) -> Vec<u8> {
    let message = wire::encode(statement);
    let signature = sign(&message);
    wire::encode(&(message, signature))
}

fn certificate(person: PublicKey, device: &Keypair) -> Statement {
    Statement::Device(DeviceCertificate::new(person, device, "laptop", Instant(1)))
}

#[test]
fn a_statement_signed_again_by_somebody_else_is_refused() {
    let (mut world, _, contractor) = world();
    world.revoke(OWNER, Target::Person(person(3)), vec![], vec![]);
    let removal = world.statements[world.statements.len() - 1].statement().clone();
    let forged = put_together(&removal, |message| keypair(3).sign(CONTEXT, message));
    assert_eq!(SignedStatement::decode(&forged), Err(StatementError::BadSignature));
    // Under their own name it is read, and does nothing: they hold no grant that may.
    let Statement::Revoke(mut own) = removal else { unreachable!() };
    own.issuer = keypair(3).public().sign;
    own.target = Target::Person(person(2));
    for (acting, expected) in [(root(&world), Refusal::NotTheHolder), (contractor, Refusal::IssuerRevoked)] {
        own.acting = acting;
        let hash = world.add(Statement::Revoke(own.clone()).sign(&keypair(3)).unwrap());
        assert_eq!(refusal(&world.authority(), &hash), Some(expected));
    }
}

#[test]
fn a_key_that_every_signature_fits_is_nobody() {
    // The neutral point as a key, and as a signature: without the strict check it fits every message (RFC 8032, 5.1.7).
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let weak = PublicKey { sign: neutral, seal: keypair(9).public().seal };
    let mut signature = [0; 64];
    signature[0] = 1;
    let bytes = put_together(&certificate(weak, &keypair(1009)), |_| Signature(signature));
    assert_eq!(SignedStatement::decode(&bytes), Err(StatementError::BadSignature));
}

#[test]
fn a_second_spelling_of_a_signature_is_refused() {
    // The order of the group, added to the second half, gives the same point: a copy with a hash of its own.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let bytes = put_together(&certificate(keypair(3).public(), &keypair(1003)), |message| {
        let mut signature = keypair(3).sign(CONTEXT, message);
        let mut carry = 0;
        for (byte, order) in signature.0[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        signature
    });
    assert_eq!(SignedStatement::decode(&bytes), Err(StatementError::BadSignature));
}

#[test]
fn a_length_that_lies_reserves_no_memory() {
    for length in [[0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x7f]] {
        let bytes = [&[wire::VERSION][..], &length, &[0; 40]].concat();
        assert_eq!(SignedStatement::decode(&bytes), Err(StatementError::Format(FormatError::Damaged)));
    }
}

#[test]
fn statements_within_statements_and_beyond_the_size_are_refused() {
    let (world, ..) = world();
    let mut bytes = world.statements[0].bytes().to_vec();
    for _ in 0..200 {
        let message = bytes.clone();
        let signature = keypair(3).sign(CONTEXT, &message);
        bytes = wire::encode(&(message, signature));
        assert!(SignedStatement::decode(&bytes).is_err());
    }
    let mut long = vec![0; MAX_STATEMENT_BYTES + 1];
    long[0] = wire::VERSION;
    let size = long.len();
    let too_large = FormatError::TooLarge { size, limit: MAX_STATEMENT_BYTES };
    assert_eq!(SignedStatement::decode(&long), Err(StatementError::Format(too_large)));
}

#[test]
fn a_kind_of_statement_that_does_not_exist_is_refused() {
    for kind in [4u8, 77] {
        let message = vec![wire::VERSION, kind, 0, 0];
        let signature = keypair(3).sign(CONTEXT, &message);
        assert!(SignedStatement::decode(&wire::encode(&(message, signature))).is_err());
    }
}

#[test]
fn what_was_signed_for_another_purpose_is_no_statement() {
    let (world, ..) = world();
    let grant = world.statements[1].statement().clone();
    let forged = put_together(&grant, |message| keypair(OWNER).sign("enginus 1 epoch record", message));
    assert_eq!(SignedStatement::decode(&forged), Err(StatementError::BadSignature));
    let opened =
        EpochRecord::open_epoch(world.project(), crate::testing::folder(1), &[], &[], &keypair(1001), &mut rng(1));
    assert!(SignedStatement::decode(&opened.records[0].encode()).is_err());
    assert!(EpochRecord::decode(world.statements[1].bytes()).is_err());
}

#[test]
fn a_statement_sent_again_counts_once_and_brings_nobody_back() {
    let (mut world, _, contractor) = world();
    world.revoke(OWNER, Target::Person(person(3)), vec![], vec![]);
    let after = world.authority();
    let old = after.statement(&contractor).unwrap().bytes().to_vec();
    let again = SignedStatement::decode(&old).unwrap();
    assert_eq!(after.with([&again, &again]), after);
    assert_eq!(after.rank(&person(3)), None);
    // Neither does an altered copy pass for another one.
    let mut copy = old;
    copy.push(0);
    assert_eq!(SignedStatement::decode(&copy), Err(StatementError::Format(FormatError::Damaged)));
    let _ = writer(1);
}
