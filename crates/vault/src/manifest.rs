//! What a file is made of: its size, its SHA-256 and its chunks in order. Sealed like a chunk.

use enginus_model::{Hash, Sha256};
use serde::{Deserialize, Serialize};

use crate::ObjectInfo;
use crate::chunk::{CHUNK_BYTES, SEALING_BYTES};

/// The largest file the vault takes: 64 GiB. Its manifest, a little over 1 MiB, still fits into one object.
pub const MAX_FILE_BYTES: u64 = 64 << 30;
/// The most chunks a file can have.
const MAX_CHUNKS: usize = (MAX_FILE_BYTES / CHUNK_BYTES as u64) as usize;
/// The form of manifests.
const VERSION: u8 = 1;

/// One chunk of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChunkRef {
    /// BLAKE3 of the chunk in clear: gives its key.
    pub(crate) content: Hash,
    /// The object that holds it sealed.
    pub(crate) object: Hash,
    /// Bytes in clear.
    pub(crate) size: u32,
}

impl ChunkRef {
    pub(crate) fn object_info(&self) -> ObjectInfo {
        ObjectInfo { name: self.object, size: u64::from(self.size) + SEALING_BYTES as u64 }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Bytes of the file in clear.
    pub(crate) size: u64,
    /// Of the file in clear.
    pub(crate) sha256: Sha256,
    /// In the order of the file.
    pub(crate) chunks: Vec<ChunkRef>,
}

/// Bytes that are no manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadManifest {
    NewerVersion,
    Malformed,
}

impl Manifest {
    pub(crate) fn encode(&self) -> Vec<u8> {
        // Serializing into a growing vector cannot fail: there is no map, no unknown length and no custom error.
        postcard::to_extend(self, vec![VERSION]).unwrap_or_default()
    }

    /// Reads [`Manifest::encode`] and checks that the chunks add up to the file.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, BadManifest> {
        let (version, rest) = bytes.split_first().ok_or(BadManifest::Malformed)?;
        if *version != VERSION {
            return Err(BadManifest::NewerVersion);
        }
        let (manifest, rest) = postcard::take_from_bytes::<Self>(rest).map_err(|_| BadManifest::Malformed)?;
        if rest.is_empty() && manifest.adds_up() { Ok(manifest) } else { Err(BadManifest::Malformed) }
    }

    /// Every chunk but the last is full, the last is not empty, and together they are the file.
    fn adds_up(&self) -> bool {
        let Some((last, full)) = self.chunks.split_last() else { return false };
        let full_size = CHUNK_BYTES as u32;
        self.chunks.len() <= MAX_CHUNKS
            && full.iter().all(|c| c.size == full_size)
            && (1..=full_size).contains(&last.size)
            && self.chunks.iter().map(|c| u64::from(c.size)).sum::<u64>() == self.size
    }

    /// The distinct objects of the chunks, in the order they are first needed.
    pub(crate) fn objects(&self) -> Vec<ObjectInfo> {
        let mut seen = std::collections::HashSet::new();
        self.chunks.iter().filter(|c| seen.insert(c.object)).map(ChunkRef::object_info).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn manifest(full: usize, last: u32) -> Manifest {
        let mut chunks: Vec<ChunkRef> = (0..full)
            .map(|i| ChunkRef { content: Hash([i as u8; 32]), object: Hash([1; 32]), size: CHUNK_BYTES as u32 })
            .collect();
        chunks.push(ChunkRef { content: Hash([9; 32]), object: Hash([2; 32]), size: last });
        Manifest { size: (full * CHUNK_BYTES) as u64 + u64::from(last), sha256: Sha256([3; 32]), chunks }
    }

    #[test]
    fn the_largest_file_has_a_manifest_that_fits_into_one_object() {
        let mut largest = manifest(MAX_CHUNKS - 1, CHUNK_BYTES as u32);
        assert_eq!(largest.size, MAX_FILE_BYTES);
        assert!(largest.encode().len() <= CHUNK_BYTES);
        assert_eq!(Manifest::decode(&largest.encode()).unwrap(), largest);
        largest.chunks.push(largest.chunks[0]);
        largest.size += CHUNK_BYTES as u64;
        assert_eq!(Manifest::decode(&largest.encode()), Err(BadManifest::Malformed));
    }

    #[test]
    fn a_manifest_that_does_not_add_up_is_refused() {
        let good = manifest(2, 5);
        assert!(Manifest::decode(&good.encode()).is_ok());
        let bad: [fn(&mut Manifest); 5] = [
            |m| m.size += 1,
            |m| m.chunks[0].size -= 1,
            |m| m.chunks.clear(),
            |m| m.chunks[2].size = 0,
            |m| m.chunks[2].size = CHUNK_BYTES as u32 + 1,
        ];
        for alter in bad {
            let mut altered = good.clone();
            alter(&mut altered);
            assert_eq!(Manifest::decode(&altered.encode()), Err(BadManifest::Malformed));
        }
        let mut newer = good.encode();
        newer[0] = 2;
        assert_eq!(Manifest::decode(&newer), Err(BadManifest::NewerVersion));
    }

    #[test]
    fn an_object_needed_twice_is_listed_once() {
        assert_eq!(manifest(2, 5).objects().len(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_are_refused_and_trailing_bytes_never_pass(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Manifest::decode(&bytes);
            let mut longer = manifest(1, 1).encode();
            longer.extend_from_slice(&bytes);
            prop_assert_eq!(Manifest::decode(&longer).is_ok(), bytes.is_empty());
        }
    }
}
