//! What a fuzzer found once is taken again, every time, with the code the fuzzer runs; and its seeds are good ones.
//!
//! After a change of a format: `ENGINUS_SEEDS=write cargo test -p enginus-tests --test fuzzed` writes the seeds anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use targets::TARGETS;

const SEED_BYTES_MAX: usize = 16 * 1024;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(name)
}

/// Every file below a folder of targets.
fn files(of: &str) -> Vec<(String, PathBuf)> {
    let mut files = Vec::new();
    for target in std::fs::read_dir(folder(of)).into_iter().flatten() {
        let target = target.unwrap().path();
        let name = target.file_name().unwrap().to_str().unwrap().to_owned();
        files.extend(std::fs::read_dir(&target).unwrap().map(|file| (name.clone(), file.unwrap().path())));
    }
    files.sort();
    files
}

fn run(target: &str) -> fn(&[u8]) -> bool {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    found.unwrap_or_else(|| panic!("there is no target {target}")).1
}

#[test]
fn what_was_found_once_is_not_found_again() {
    let mut broken = Vec::new();
    for (target, path) in files("regressions") {
        let bytes = std::fs::read(&path).unwrap();
        if catch_unwind(AssertUnwindSafe(|| run(&target)(&bytes))).is_err() {
            broken.push(path);
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn seeds_are_what_this_program_writes_and_get_past_the_form() {
    let (mut seeds, mut stopped) = (BTreeMap::new(), Vec::new());
    for (target, name, bytes) in targets::seeds::all() {
        if !run(target)(&bytes) {
            stopped.push(format!("{target}/{name}"));
        }
        assert!(bytes.len() <= SEED_BYTES_MAX, "the seed {name} of {target} is large");
        let path = folder("seeds").join(target).join(name);
        if std::env::var("ENGINUS_SEEDS").is_ok_and(|wish| wish == "write") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(std::fs::read(&path).ok().as_ref(), Some(&bytes), "{} is another one today", path.display());
        seeds.insert(path, target);
    }
    assert!(stopped.is_empty(), "these seeds stop at the form: {stopped:?}");
    for (target, _) in TARGETS {
        assert!(seeds.values().any(|seeded| *seeded == target), "{target} has no seed");
    }
    let idle: Vec<_> = files("seeds").into_iter().filter(|(_, path)| !seeds.contains_key(path)).collect();
    assert!(idle.is_empty(), "nobody writes these seeds: {idle:?}");
}

/// Bytes that a fuzzer would begin with.
#[test]
fn any_bytes_are_taken() {
    for (name, run) in TARGETS {
        let mut bytes = Vec::new();
        for n in 0..200u32 {
            // A few of each beginning, so that every mode is met.
            bytes.push((n.wrapping_mul(2_654_435_761) >> 24) as u8);
            let mut whole = vec![(n % 16) as u8];
            whole.extend(&bytes);
            assert!(catch_unwind(AssertUnwindSafe(|| run(&whole))).is_ok(), "{name} fails on {whole:?}");
        }
    }
}

#[test]
fn every_target_has_its_program() {
    let programs: Vec<String> = std::fs::read_dir(folder("fuzz_targets"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let manifest = std::fs::read_to_string(folder("Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        assert!(programs.iter().any(|program| program == name), "{name} has no program");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
    assert_eq!(programs.len(), TARGETS.len());
}
