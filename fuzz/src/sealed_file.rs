//! Sealed objects and manifests, as a member may have made them: a file comes out whole or not at all.

use std::sync::LazyLock;

use enginus_envelope::{DedupSecret, aead_seal};
use enginus_model::{EpochId, FileRef, Hash, ManifestRef, Sha256};
use enginus_vault::{CancellationToken, Vault};
use sha2::Digest as _;

use super::envelope::secret;
use super::from::From;

struct Place {
    folder: tempfile::TempDir,
    vault: Vault,
    dedup: DedupSecret,
    epoch: EpochId,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::open(&folder.path().join("objects")).unwrap();
    Place { folder, vault, dedup: secret().dedup_secret(), epoch: secret().id() }
});

pub fn run(data: &[u8]) -> bool {
    let mut from = From::new(data);
    let mut kept = Vec::new();
    let content = from.bytes();
    let chunk = keep(&sealed(b"enginus 1 chunk of file.", b"\x01enginus chunk", content), &mut kept);
    let manifest = match from.below(3) {
        // A manifest that names the chunk, with the rest of the bytes as edits of it.
        0 => {
            let sha256 = sha2::Sha256::digest(content);
            let chunks = [(Hash::of(content), chunk, content.len() as u32)];
            let mut manifest =
                postcard::to_extend(&(content.len() as u64, Sha256(sha256.into()), chunks.to_vec()), vec![1]).unwrap();
            from.spoil(&mut manifest);
            manifest
        }
        _ => from.rest().to_vec(),
    };
    let object = keep(&sealed(b"enginus 1 file manifest.", b"\x01enginus manifest", &manifest), &mut kept);
    let opened = open(content, &manifest, object);
    kept.iter().for_each(|name| PLACE.vault.remove(name).unwrap());
    opened
}

fn sealed(nonce: &[u8; 24], context: &[u8], content: &[u8]) -> Vec<u8> {
    let key = PLACE.dedup.chunk_key(&Hash::of(content));
    [&[1], &*aead_seal(&key, nonce, context, content)].concat()
}

fn keep(object: &[u8], kept: &mut Vec<Hash>) -> Hash {
    let name = Hash::of(object);
    PLACE.vault.put(&name, object).unwrap();
    kept.push(name);
    name
}

fn open(content: &[u8], manifest: &[u8], object: Hash) -> bool {
    let place = &*PLACE;
    let named = ManifestRef { object, content: Hash::of(manifest), epoch: place.epoch };
    let Ok(objects) = place.vault.objects_of(&named, &place.dedup) else { return false };
    assert_eq!(objects[0].name, object);
    let sha256 = Sha256(sha2::Sha256::digest(content).into());
    let file = FileRef { name: "drawing.pdf".into(), size: content.len() as u64, sha256, manifest: named };
    let output = place.folder.path().join("drawing.pdf");
    let result = place.vault.open_file(&file, &place.dedup, &output, &|_| (), &CancellationToken::new());
    match result {
        Ok(()) => {
            assert_eq!(std::fs::read(&output).unwrap(), content, "a file is what its revision names");
            std::fs::remove_file(&output).unwrap();
            true
        }
        Err(_) => {
            assert!(!output.exists(), "nothing is written in part");
            false
        }
    }
}
