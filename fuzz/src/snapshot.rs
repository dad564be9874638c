//! A saved shard from somebody else: measured, read and checked before anything of it is shown.

use enginus_crdt::Shard;
use sha2::{Digest as _, Sha256};

use super::from::{From, varint};

/// Less than what devices allow each other, so that a slow one shows up.
const MAX_BYTES: u64 = 4 << 20;
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    let spoilt = from.below(2) == 1;
    let mut saved = from.bytes().to_vec();
    from.spoil(&mut saved);
    if spoilt {
        mend(&mut saved);
    }
    read(&saved)
}

fn read(saved: &[u8]) -> bool {
    let Ok((shard, bytes)) = Shard::load_foreign(saved, MAX_BYTES) else { return false };
    assert!(bytes <= MAX_BYTES);
    let again = Shard::load(&shard.save()).expect("what was read can be saved and read again");
    assert_eq!((again.heads(), again.row_count()), (shard.heads(), shard.row_count()));
    for id in shard.documents() {
        assert_eq!(again.document(&id), shard.document(&id));
    }
    assert_eq!(again.entries(), shard.entries());
    true
}

/// Gives the document inside the length and checksum that fit, as whoever wrote it by hand would.
fn mend(saved: &mut Vec<u8>) {
    let Some(at) = saved.windows(4).position(|window| window == MAGIC) else { return };
    let Some(kind) = saved.get(at + 8).copied() else { return };
    let body = at + 9 + saved[at + 9..].iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let Some(body) = saved.get(body..).map(<[u8]>::to_vec) else { return };
    let hashed = [&[kind], &*varint(body.len() as u64), &body].concat();
    saved.truncate(at + 4);
    saved.extend(&Sha256::digest(&hashed)[..4]);
    saved.extend(hashed);
}
