//! Snapshots sealed for the readers of a domain.
//!
//! A snapshot travels over devices that may carry a domain without reading it, so it is sealed under the domain's epoch secret. The
//! same content in the same place always gives the same bytes: whoever is interrupted finds the same snapshot again, under the
//! same hash. Form: a version byte, the nonce (24 bytes), the sealed content. The nonce is derived from the secret, the content and
//! the place (a synthetic one), so it never repeats for two contents and tells nothing of them.

use enginus_model::{DomainId, Hash, ProjectId};
use zeroize::Zeroizing;

use crate::aead::{AeadError, TAG_BYTES, aead_open, aead_seal};
use crate::epoch::EpochSecret;

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

impl EpochSecret {
    /// Seals a snapshot of `place` for those who hold this secret.
    #[must_use]
    pub fn seal_snapshot(&self, place: SnapshotPlace<'_>, content: &[u8]) -> Vec<u8> {
        let aad = place.aad();
        let nonce = self.snapshot_nonce(&Hash::of(&aad), &Hash::of(content));
        let sealed = aead_seal(&self.snapshot_key(), &nonce, &aad, content);
        [&[VERSION][..], &nonce, &sealed].concat()
    }

    /// Opens what [`seal_snapshot`](Self::seal_snapshot) made for the same place under the same secret.
    ///
    /// # Errors
    /// [`AeadError`] when it was sealed for another place or under another secret, altered, or by a newer version.
    pub fn open_snapshot(&self, place: SnapshotPlace<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AeadError> {
        let (&version, rest) = sealed.split_first().ok_or(AeadError)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(AeadError)?;
        if version != VERSION {
            return Err(AeadError);
        }
        aead_open(&self.snapshot_key(), nonce, &place.aad(), body)
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

    #[test]
    fn the_same_content_gives_the_same_bytes_and_another_content_or_place_another_nonce() {
        let secret = EpochSecret::from_bytes([3; 32]);
        let sealed = secret.seal_snapshot(place(b"a"), b"rows");
        assert_eq!(sealed, secret.seal_snapshot(place(b"a"), b"rows"));
        assert_eq!(sealed.len(), 4 + SNAPSHOT_SEALING_BYTES);
        for other in [secret.seal_snapshot(place(b"a"), b"rowt"), secret.seal_snapshot(place(b"b"), b"rows")] {
            assert_ne!(sealed[1..25], other[1..25]);
        }
    }

    #[test]
    fn it_opens_in_its_own_place_only() {
        let secret = EpochSecret::from_bytes([3; 32]);
        let sealed = secret.seal_snapshot(place(b"a"), b"rows");
        let elsewhere = [
            place(b"b"),
            SnapshotPlace { project: ProjectId([9; 32]), ..place(b"a") },
            SnapshotPlace { domain: DomainId::from_bytes([9; 16]), ..place(b"a") },
        ];
        assert_eq!(secret.open_snapshot(place(b"a"), &sealed).unwrap().as_slice(), b"rows");
        assert!(elsewhere.iter().all(|place| secret.open_snapshot(*place, &sealed).is_err()));
        assert!(EpochSecret::from_bytes([4; 32]).open_snapshot(place(b"a"), &sealed).is_err());
        let mut newer = sealed;
        newer[0] = 2;
        assert!(secret.open_snapshot(place(b"a"), &newer).is_err());
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
            let secret = EpochSecret::from_bytes(secret);
            let sealed = secret.seal_snapshot(place(&label), &content);
            let opened = secret.open_snapshot(place(&label), &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), content.as_slice());
            let at = at.index(sealed.len());
            prop_assert!(secret.open_snapshot(place(&label), &sealed[..at]).is_err());
            let mut altered = sealed;
            altered[at] ^= 1 << bit;
            prop_assert!(secret.open_snapshot(place(&label), &altered).is_err());
        }

        #[test]
        fn any_bytes_are_refused_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(EpochSecret::from_bytes([5; 32]).open_snapshot(place(b"a"), &bytes).is_err());
        }
    }
}
