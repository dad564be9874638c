//! Key files altered, cut, resealed and left behind.

use super::*;

const LITTLE: Effort = Effort { memory_kib: 64, passes: 1, lanes: 1 };

fn opened(path: &Path, passphrase: &str) -> Option<Identity> {
    match KeyFile::load(path) {
        Ok(Some(KeyFile::Open(identity))) => Some(*identity),
        Ok(Some(KeyFile::Sealed(sealed))) => sealed.open(passphrase).ok(),
        _ => None,
    }
}

#[test]
fn keys_come_back_and_a_flipped_byte_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("identity.key");
    assert!(KeyFile::load(&path).unwrap().is_none());
    let identity = Identity::generate();
    identity.save(&path).unwrap();
    assert_eq!(opened(&path, "").unwrap().whose(), identity.whose());
    assert!(identity.save(&path).is_err(), "a key file is never replaced by a new one");
    refuses_every_flipped_byte(&path);
}

#[test]
fn a_sealed_file_comes_back_and_a_flipped_byte_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("identity.key");
    let identity = Identity::generate();
    identity.save(&path).unwrap();
    identity.protect(&path, &Protection::Passphrase("correct horse", LITTLE)).unwrap();
    assert_eq!(opened(&path, "correct horse").unwrap().whose(), identity.whose());
    assert!(opened(&path, "wrong horse").is_none());
    let bytes = std::fs::read(&path).unwrap();
    for secret in [identity.person.seed(), identity.device.seed()] {
        assert!(!bytes.windows(16).any(|window| secret.windows(16).any(|part| part == window)));
    }
    refuses_every_flipped_byte(&path);
    identity.protect(&path, &Protection::None).unwrap();
    assert_eq!(opened(&path, "").unwrap().whose(), identity.whose());
}

fn refuses_every_flipped_byte(path: &Path) {
    let good = std::fs::read(path).unwrap();
    for at in 0..good.len() {
        for bit in [0x01, 0x10, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= bit;
            std::fs::write(path, &bad).unwrap();
            assert!(KeyFile::load(path).is_err(), "byte {at} was altered and not noticed");
        }
        std::fs::write(path, &good[..at]).unwrap();
        assert!(KeyFile::load(path).is_err(), "it was cut at {at} and not noticed");
    }
    std::fs::write(path, &good).unwrap();
}

/// Somebody who alters the file can also mend its sum: the seal still holds.
#[test]
fn an_altered_body_with_a_mended_sum_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("identity.key");
    let identity = Identity::generate();
    identity.protect(&path, &Protection::Passphrase("correct horse", LITTLE)).unwrap();
    let good = std::fs::read(&path).unwrap();
    let (from, to) = (MAGIC.len() + 2, good.len() - SUM_BYTES);
    for at in from..to {
        let mut body = good[from..to].to_vec();
        body[at - from] ^= 0x01;
        std::fs::write(&path, file(PROTECTION_PASSPHRASE, &body).as_slice()).unwrap();
        assert!(opened(&path, "correct horse").is_none(), "byte {at} was altered and not noticed");
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_key_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("identity.key");
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    let identity = Identity::generate();
    identity.save(&path).unwrap();
    assert_eq!(mode(), 0o600);
    // What a crash left behind does not decide about the permissions.
    std::fs::write(path.with_extension("new"), b"left behind").unwrap();
    identity.protect(&path, &Protection::Passphrase("correct horse", LITTLE)).unwrap();
    assert_eq!(mode(), 0o600);
    assert!(!path.with_extension("new").exists());
}

#[test]
fn what_a_failure_or_a_crash_left_half_written_does_not_stay() {
    let dir = tempfile::tempdir().unwrap();
    let (path, staged) = (dir.path().join("identity.key"), dir.path().join("identity.new"));
    let identity = Identity::generate();
    identity.save(&path).unwrap();
    assert!(Identity::generate().save(&path).is_err());
    assert!(!staged.exists(), "the keys of the other would lie open beside it");
    std::fs::write(&staged, b"open keys").unwrap();
    assert_eq!(opened(&path, "").unwrap().whose(), identity.whose());
    assert!(!staged.exists());
}
