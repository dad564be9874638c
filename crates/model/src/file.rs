//! What a revision says of its files; the bytes are the vault's.

use serde::{Deserialize, Serialize};

use crate::{EpochId, Hash, Sha256};

/// Where the vault finds a file's sealed manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ManifestRef {
    /// Object name: BLAKE3 of the manifest's ciphertext.
    pub object: Hash,
    /// BLAKE3 of the manifest in clear: with the epoch's dedup secret it gives the key, and it is checked after opening.
    pub content: Hash,
    /// The epoch whose dedup secret sealed it.
    pub epoch: EpochId,
}

/// One file of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileRef {
    /// The name it had when it was added, without any folder.
    pub name: String,
    /// Bytes in clear.
    pub size: u64,
    /// SHA-256 of the bytes in clear.
    pub sha256: Sha256,
    /// Where its sealed bytes are described.
    pub manifest: ManifestRef,
}
