//! Snapshots sealed for the readers of a domain.
//!
//! A snapshot travels over devices that may carry a domain without reading it, so it is sealed under the domain's epoch secrets. The
//! same content in the same place always gives the same bytes: whoever is interrupted finds the same snapshot again, under the
//! same hash. Form: a version byte, the nonce (24 bytes), the sealed content. The nonce is derived from the secrets, the content and
//! the place (a synthetic one), so it never repeats for two contents and tells nothing of them.

use enginus_model::{DomainId, EpochId, Hash, ProjectId};
use zeroize::{Zeroize as _, Zeroizing};

use crate::aead::{AeadError, TAG_BYTES, aead_open, aead_seal};
use crate::epoch::{EpochSecret, derive};

/// First byte of every sealed snapshot.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;

/// Bytes by which a sealed snapshot is longer than its content.
pub const SNAPSHOT_SEALING_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;

/// What a snapshot is of: it opens in no other place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotPlace<'a> {
    /// The project.
    pub project: ProjectId,
    /// The domain.
    pub domain: DomainId,
    /// Which shard, in words of whoever makes snapshots.
    pub label: &'a [u8],
}

impl SnapshotPlace<'_> {
    /// The first two have a fixed length, so no two places read alike.
    fn aad(&self) -> Vec<u8> {
        [self.project.as_bytes().as_slice(), self.domain.as_bytes(), self.label].concat()
    }
}

/// Seals and opens snapshots.
///
/// A snapshot holds the past and the present of a shard. So its key follows from *every* epoch secret its maker knows: who may not
/// read the past lacks the early ones, who was removed lacks the late ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotKey(EpochSecret);

impl SnapshotKey {
    /// The key of those who hold all of `secrets`, in whatever order.
    #[must_use]
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a EpochSecret>) -> Self {
        let mut secrets: Vec<(EpochId, &EpochSecret)> =
            secrets.into_iter().map(|secret| (secret.id(), secret)).collect();
        secrets.sort_unstable_by_key(|(id, _)| *id);
        secrets.dedup_by_key(|(id, _)| *id);
        let mut hasher = blake3::Hasher::new_derive_key("enginus 1 snapshot secret");
        for (_, secret) in secrets {
            hasher.update(secret.to_bytes());
        }
        let joined = EpochSecret::from_bytes(*hasher.finalize().as_bytes());
        hasher.zeroize();
        Self(joined)
    }

    /// Seals a snapshot of `place`.
    #[must_use]
    pub fn seal(&self, place: SnapshotPlace<'_>, content: &[u8]) -> Vec<u8> {
        let aad = place.aad();
        let nonce = self.nonce(&aad, content);
        let sealed = aead_seal(&self.key(), &nonce, &aad, content);
        [&[VERSION][..], &nonce, &sealed].concat()
    }

    /// Opens what [`seal`](Self::seal) made for the same place with the same key.
    ///
    /// # Errors
    /// [`AeadError`] when it was sealed for another place or with another key, altered, or by a newer version.
    pub fn open(&self, place: SnapshotPlace<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AeadError> {
        let (&version, rest) = sealed.split_first().ok_or(AeadError)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(AeadError)?;
        if version != VERSION {
            return Err(AeadError);
        }
        aead_open(&self.key(), nonce, &place.aad(), body)
    }

    fn key(&self) -> Zeroizing<[u8; 32]> {
        derive("enginus 1 snapshot key", self.0.to_bytes(), &[])
    }

    fn nonce(&self, aad: &[u8], content: &[u8]) -> [u8; NONCE_BYTES] {
        let (place, content) = (Hash::of(aad), Hash::of(content));
        let derived = derive("enginus 1 snapshot nonce", self.0.to_bytes(), &[place.as_bytes(), content.as_bytes()]);
        std::array::from_fn(|at| derived[at])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PROJECT: ProjectId = ProjectId([1; 32]);
    const DOMAIN: DomainId = DomainId::from_bytes([2; 16]);

    fn place(label: &[u8]) -> SnapshotPlace<'_> {
        SnapshotPlace { project: PROJECT, domain: DOMAIN, label }
    }

    fn key_of(seeds: &[u8]) -> SnapshotKey {
        let secrets: Vec<EpochSecret> = seeds.iter().map(|seed| EpochSecret::from_bytes([*seed; 32])).collect();
        SnapshotKey::of(&secrets)
    }

    #[test]
    fn only_who_holds_every_epoch_opens_it() {
        let sealed = key_of(&[1, 2, 3]).seal(place(b"a"), b"rows");
        assert!(key_of(&[3, 1, 2, 2]).open(place(b"a"), &sealed).is_ok());
        for fewer in [&[3][..], &[1, 2], &[2, 3], &[1, 2, 3, 4], &[]] {
            assert!(key_of(fewer).open(place(b"a"), &sealed).is_err(), "{fewer:?}");
        }
        assert!(!format!("{:?}", key_of(&[0xAB])).contains("abab"));
    }

    #[test]
    fn the_same_content_gives_the_same_bytes_and_another_content_or_place_another_nonce() {
        let key = key_of(&[3]);
        let sealed = key.seal(place(b"a"), b"rows");
        assert_eq!(sealed, key.seal(place(b"a"), b"rows"));
        assert_eq!(sealed.len(), 4 + SNAPSHOT_SEALING_BYTES);
        for other in [key.seal(place(b"a"), b"rowt"), key.seal(place(b"b"), b"rows")] {
            assert_ne!(sealed[1..25], other[1..25]);
        }
    }

    #[test]
    fn it_opens_in_its_own_place_only() {
        let key = key_of(&[3]);
        let sealed = key.seal(place(b"a"), b"rows");
        let elsewhere = [
            place(b"b"),
            SnapshotPlace { project: ProjectId([9; 32]), ..place(b"a") },
            SnapshotPlace { domain: DomainId::from_bytes([9; 16]), ..place(b"a") },
        ];
        assert_eq!(key.open(place(b"a"), &sealed).unwrap().as_slice(), b"rows");
        assert!(elsewhere.iter().all(|place| key.open(*place, &sealed).is_err()));
        assert!(key_of(&[4]).open(place(b"a"), &sealed).is_err());
        let mut newer = sealed;
        newer[0] = 2;
        assert!(key.open(place(b"a"), &newer).is_err());
    }

    proptest! {
        #[test]
        fn any_content_survives_and_no_altered_or_cut_one_opens(
            secret in any::<[u8; 32]>(),
            label in proptest::collection::vec(any::<u8>(), 0..60),
            content in proptest::collection::vec(any::<u8>(), 0..2000),
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let key = SnapshotKey::of([&EpochSecret::from_bytes(secret)]);
            let sealed = key.seal(place(&label), &content);
            let opened = key.open(place(&label), &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), content.as_slice());
            let at = at.index(sealed.len());
            prop_assert!(key.open(place(&label), &sealed[..at]).is_err());
            let mut altered = sealed;
            altered[at] ^= 1 << bit;
            prop_assert!(key.open(place(&label), &altered).is_err());
        }

        #[test]
        fn any_bytes_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(key_of(&[5]).open(place(b"a"), &bytes).is_err());
        }
    }
}
