//! Choices out of bytes. Where the bytes end everything is zero, so that any input is a whole one.

use enginus_envelope::Keypair;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub struct From<'a>(&'a [u8]);

impl<'a> From<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Below `end`, of one byte.
    pub fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    /// As many as the next two bytes say, or are left.
    pub fn bytes(&mut self) -> &'a [u8] {
        let wanted = usize::from(u16::from_le_bytes(self.array()));
        let (taken, rest) = self.0.split_at(wanted.min(self.0.len()));
        self.0 = rest;
        taken
    }

    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// The rest as edits of `bytes`: places and what stands there instead.
    pub fn spoil(&mut self, bytes: &mut Vec<u8>) {
        while !self.is_empty() && !bytes.is_empty() {
            let (kind, place) = (self.below(4), u32::from_le_bytes(self.array()) as usize % bytes.len());
            match kind {
                0 => bytes[place] ^= self.byte().max(1),
                1 => drop(bytes.splice(place..place, self.bytes().iter().copied())),
                2 => {
                    let end = bytes.len().min(place + usize::from(self.byte()));
                    bytes.drain(place..end);
                }
                _ => bytes.truncate(place),
            }
        }
    }
}

/// Key `n`, the same everywhere.
pub fn key(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

/// A count or number as postcard and Automerge write it.
pub fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}
