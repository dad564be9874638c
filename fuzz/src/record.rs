//! Key records: read, checked and opened, also those that a member signed around whatever they like.

use enginus_access::{EpochRecord, MAX_EPOCH_RECORD_BYTES};

use super::from::{From, key};

const CONTEXT: &str = "enginus 1 epoch record";
const SIGNATURE_BYTES: usize = 64;

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    match from.below(2) {
        0 => read(from.rest()),
        _ => read(&signed(from.rest())),
    }
}

/// The bytes with a signature of key 1 at their end.
fn signed(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(at) = bytes.len().checked_sub(SIGNATURE_BYTES) {
        bytes[at..].fill(0);
        let signature = key(1).sign(CONTEXT, &bytes);
        bytes[at..].copy_from_slice(&signature.0);
    }
    bytes
}

fn read(bytes: &[u8]) -> bool {
    let Ok(record) = EpochRecord::decode_stored(bytes) else { return false };
    assert!(bytes.len() <= MAX_EPOCH_RECORD_BYTES);
    assert_eq!(record.encode(), bytes, "a record has one encoding");
    assert_eq!(EpochRecord::decode(bytes).is_ok(), record.verify().is_ok());
    let mut opened = false;
    for n in 1..4 {
        if let Ok(keys) = record.open(&key(n)) {
            assert_eq!(keys.secret.id(), record.epoch);
            let before = record.open_link(&keys);
            opened |= before.is_ok_and(|before| before.is_empty() || before.len() == record.previous.len());
        }
    }
    opened
}
