//! What ARCHITECTURE.md says of who does not know what, held against the manifests and the sources.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::DependencyKind;
use workspace::{Workspace, code_lines, short};

const PURE: [&str; 6] = ["model", "envelope", "access", "crdt", "sync", "query"];

/// For each of our crates, which others it may name. What is not written here is not allowed.
const EDGES: [(&str, &[&str]); 17] = [
    ("model", &[]),
    ("envelope", &["model"]),
    ("access", &["model", "envelope"]),
    ("crdt", &["model", "envelope"]),
    ("sync", &["model", "envelope"]),
    ("store", &["model", "envelope"]),
    ("vault", &["model", "envelope"]),
    ("net", &["model", "envelope", "sync"]),
    ("query", &["model"]),
    ("excel", &["model", "query"]),
    ("engine", &["model", "envelope", "access", "crdt", "sync", "query", "store", "vault", "net", "excel"]),
    ("testkit", &["engine", "model", "envelope"]),
    ("cli", &["engine", "model", "query"]),
    ("app", &["cli", "engine", "model", "query"]),
    ("relay", &["model", "envelope", "access", "sync", "net"]),
    ("relay-load", &["model", "envelope", "access", "sync", "net", "engine", "relay"]),
    ("tests", &[]),
];

/// Fails with every breach at once, each on its line.
fn hold(rule: &str, breaches: Vec<String>) {
    assert!(breaches.is_empty(), "{rule}\n  {}", breaches.join("\n  "));
}

#[test]
fn our_crates_depend_in_one_direction_only() {
    let edges = BTreeMap::from(EDGES);
    let mut breaches = Vec::new();
    for (package, dependency, kind) in Workspace::read().own_edges() {
        let Some(allowed) = edges.get(package.as_str()) else {
            breaches.push(format!("{package} is a new crate: say in EDGES what it may name"));
            continue;
        };
        // A crate's tests may use the crate's own features, and the relay's tests real devices; the crate of tests may use everything.
        let for_tests = kind == DependencyKind::Development;
        let of_devices = package == "relay" && dependency == "tests";
        let in_tests = package == "tests" || for_tests && (dependency == package || of_devices);
        if !allowed.contains(&dependency.as_str()) && !in_tests {
            breaches.push(format!("{package} names {dependency}"));
        }
    }
    hold("dependencies between our crates point one way, as in EDGES (see ARCHITECTURE.md):", breaches);
}

#[test]
fn every_crate_of_the_table_exists_and_every_crate_stands_in_it() {
    let listed: BTreeSet<String> = EDGES.iter().map(|(name, _)| (*name).to_owned()).collect();
    let found: BTreeSet<String> = Workspace::read().packages().map(short).collect();
    assert_eq!(listed, found, "EDGES and the workspace list the same crates");
}

/// Breaches of "what is `named` may be named by `allowed` alone", in whatever kind of dependency.
fn only(allowed: &[&str], named: impl Fn(&str) -> bool) -> Vec<String> {
    let found = Workspace::read().foreign_edges();
    found
        .into_iter()
        .filter(|(package, dependency, _)| named(dependency) && !allowed.contains(&package.as_str()))
        .map(|(package, dependency, _)| format!("{package} names {dependency}"))
        .collect()
}

#[test]
fn only_store_names_redb() {
    hold(
        "what a store is made of is nobody else's business (the relay is its own program):",
        only(&["store", "relay"], |name| name == "redb"),
    );
}

#[test]
fn only_net_names_iroh() {
    let breaches = only(&["net", "relay"], |name| name.starts_with("iroh"));
    hold("connections are made by net alone (the relay is its own program):", breaches);
}

#[test]
fn only_vault_names_object_store() {
    hold("buckets are reached through vault alone:", only(&["vault", "relay"], |name| name == "object_store"));
}

#[test]
fn only_crdt_names_automerge() {
    hold("no change reaches Automerge past the validator:", only(&["crdt"], |name| name == "automerge"));
}

#[test]
fn only_excel_writes_workbooks() {
    hold("one place knows how a log looks as a workbook:", only(&["excel"], |name| name == "rust_xlsxwriter"));
}

#[test]
fn only_the_app_names_the_window() {
    let toolkit =
        |name: &str| ["eframe", "egui", "winit", "rfd", "wgpu", "glow"].contains(&name) || name.starts_with("egui_");
    hold("windows are the app's:", only(&["app"], |name| toolkit(name) && name != "egui_kittest"));
    hold("window tests are the app's and the stories':", only(&["app", "tests"], |name| name == "egui_kittest"));
}

#[test]
fn only_the_command_line_parses_arguments() {
    hold("the engine takes plain data, whoever asks:", only(&["cli", "relay", "relay-load"], |name| name == "clap"));
}

#[test]
fn only_programs_name_anyhow() {
    let breaches = only(&["app", "relay", "relay-load"], |name| name == "anyhow");
    hold("a library's errors can be matched on; anyhow is for `main`:", breaches);
}

#[test]
fn only_the_engine_asks_for_randomness() {
    let breaches = only(&["engine", "relay"], |name| name == "getrandom" || name == "rand");
    hold("randomness is an argument everywhere below the engine:", breaches);
}

#[test]
fn keys_are_the_business_of_the_envelope_alone() {
    let crypto = ["ed25519-dalek", "x25519-dalek", "hpke", "chacha20poly1305", "argon2"];
    let breaches = only(&["envelope", "engine"], |name| crypto.contains(&name));
    hold("signatures and seals are made in one place (the engine seals keys at rest):", breaches);
}

#[test]
fn crdt_does_not_know_keys() {
    let secrets = ["Keypair", "EpochSecret", "DedupSecret", "Signature"];
    hold("crdt sees opened content, never keys:", Workspace::read().mentions("crdt", &secrets));
}

#[test]
fn pure_crates_name_nothing_that_does_input_or_output() {
    let io = [
        "tokio",
        "redb",
        "object_store",
        "getrandom",
        "rand",
        "reqwest",
        "socket2",
        "mio",
        "fs4",
        "directories",
        "if-addrs",
    ];
    let breaches = Workspace::read()
        .foreign_edges()
        .into_iter()
        .filter(|(package, dependency, kind)| {
            *kind != DependencyKind::Development
                && PURE.contains(&package.as_str())
                && (io.contains(&dependency.as_str()) || dependency.starts_with("iroh"))
        })
        .map(|(package, dependency, _)| format!("{package} names {dependency}"))
        .collect();
    hold("pure crates do no input or output and know no runtime:", breaches);
}

#[test]
fn pure_crates_use_no_files_no_network_no_clock_and_no_randomness() {
    let banned = [
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "getrandom",
        "OsRng",
        "SysRng",
        "tokio::",
        "println!",
    ];
    let workspace = Workspace::read();
    let breaches = PURE.iter().flat_map(|name| workspace.mentions(name, &banned)).collect();
    hold("time and randomness are arguments of the pure crates, and nothing is read or written:", breaches);
}

#[test]
fn every_crate_takes_the_workspace_lints_and_its_licence() {
    let mut breaches = Vec::new();
    for package in Workspace::read().packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        if !manifest.contains("[lints]\nworkspace = true") {
            breaches.push(format!("{} leaves the workspace lints out", package.name));
        }
        if package.license.as_deref() != Some("Apache-2.0 OR MIT") {
            breaches.push(format!("{} states another licence", package.name));
        }
        if package.rust_version.as_ref().map(ToString::to_string).as_deref() != Some("1.95.0") {
            breaches.push(format!("{} states another rust-version", package.name));
        }
    }
    hold("what holds for one crate holds for all:", breaches);
}

#[test]
fn every_dependency_is_named_in_one_place_with_its_reason() {
    let workspace = Workspace::read();
    let listed = workspace.shared_dependencies();
    let mut breaches: Vec<String> = listed
        .iter()
        .filter(|line| !line.ours && line.reason.is_empty())
        .map(|line| format!("{} has no comment that says why it is here", line.name))
        .collect();
    let names: BTreeSet<&str> = listed.iter().map(|line| line.name.as_str()).collect();
    assert!(names.contains("redb") && names.contains("serde"), "[workspace.dependencies] was not read");
    let edges = workspace.foreign_edges();
    let by_itself = edges.iter().filter(|(_, dependency, _)| !names.contains(dependency.as_str()));
    breaches.extend(by_itself.map(|(package, dependency, _)| format!("{package} names {dependency} by itself")));
    let used: BTreeSet<&str> = edges.iter().map(|(_, dependency, _)| dependency.as_str()).collect();
    let unused = listed.iter().filter(|line| !line.ours && !used.contains(line.name.as_str()));
    breaches.extend(unused.map(|line| format!("nobody names {}: take it out", line.name)));
    hold("dependencies stand in the root Cargo.toml, each with its reason, and all are used:", breaches);
}

#[test]
fn every_library_says_what_it_does_not_know() {
    let breaches = Workspace::read()
        .sources()
        .filter(|source| source.ends_with("src/lib.rs"))
        .filter(|source| {
            let text = std::fs::read_to_string(source).unwrap();
            let opening: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
            let sentence = opening.join(" ").replace("**", "").split_whitespace().collect::<Vec<_>>().join(" ");
            opening.len() < 3
                || !["does not know", "do not know", "deliberately"].iter().any(|say| sentence.contains(say))
        })
        .map(|source| source.display().to_string())
        .collect();
    hold("lib.rs opens with what the crate is and what it deliberately does not know:", breaches);
}

#[test]
fn engine_does_not_know_windows_terminals_or_arguments() {
    let face = ["clap", "eframe", "egui", "winit", "rfd", "crossterm", "tracing-subscriber", "fluent-bundle"];
    let workspace = Workspace::read();
    let mut breaches =
        workspace.mentions("engine", &["env::args", "io::stdin", "io::stdout", "io::stderr", "println!"]);
    let named = workspace.foreign_edges();
    breaches.extend(
        named
            .iter()
            .filter(|(package, dependency, _)| package == "engine" && face.contains(&dependency.as_str()))
            .map(|(_, dependency, _)| format!("engine names {dependency}")),
    );
    hold("the engine takes plain data and gives plain data, whoever asks:", breaches);
}

#[test]
fn deadlines_are_measured_with_a_clock_that_a_test_can_pause() {
    let workspace = Workspace::read();
    let breaches =
        ["engine", "net", "vault", "cli"].iter().flat_map(|name| workspace.mentions(name, &["std::time::Instant"]));
    hold("deadlines use `tokio::time::Instant`; durations are measured in benchmarks:", breaches.collect());
}

#[test]
fn text_is_folded_in_one_place() {
    let workspace = Workspace::read();
    let breaches = ["model", "access", "query", "engine", "app"]
        .iter()
        .flat_map(|name| workspace.mentions(name, &[".to_lowercase()"]))
        .filter(|breach| !breach.contains("query/src/collate.rs")) // one letter at a time, for the order of rows
        .collect();
    hold("Rust folds the Turkish ı and İ wrongly: `model::fold` before text is compared or searched:", breaches);
}

#[test]
fn no_source_file_is_longer_than_a_thousand_lines() {
    let breaches = Workspace::read()
        .sources()
        .map(|source| (std::fs::read_to_string(&source).unwrap().lines().count(), source))
        .filter(|(lines, _)| *lines > 1000)
        .map(|(lines, source)| format!("{}: {lines} lines", source.display()))
        .collect();
    hold("a file can be read in one sitting:", breaches);
}

#[test]
fn the_reader_of_manifests_sees_who_names_what() {
    let workspace = Workspace::read();
    let foreign: BTreeSet<(String, String)> =
        workspace.foreign_edges().into_iter().map(|(package, dependency, _)| (package, dependency)).collect();
    for (package, dependency) in [
        ("store", "redb"),
        ("net", "iroh"),
        ("vault", "object_store"),
        ("app", "egui"),
        ("crdt", "automerge"),
        ("cli", "clap"),
    ] {
        assert!(
            foreign.contains(&(package.to_owned(), dependency.to_owned())),
            "{package} → {dependency} was not read"
        );
    }
    let own = workspace.own_edges();
    assert!(
        own.iter().any(|(package, dependency, _)| package == "app" && dependency == "cli"),
        "app → cli was not read"
    );
    assert!(!workspace.mentions("engine", &["SystemTime::now"]).is_empty(), "the engine's clock was not read");
}

#[test]
fn the_reader_of_sources_sees_every_way_to_name_a_module() {
    let found = |text: &str| code_lines(text).iter().any(|(_, line)| line.contains("std::fs"));
    assert!(found("use std::fs;"));
    assert!(found("    std::fs::read(path)"));
    assert!(found("use std::{collections::BTreeMap, fs};"));
    assert!(found("use std::{\n    collections::{BTreeMap, BTreeSet},\n    fs::File,\n};"));
    assert!(found("let a = 1; // why\nlet b = std::fs::read(p);"));
    assert!(!found("// std::fs is not used here"));
    assert!(!found("    //! names std::fs only to say that it is not used"));
    assert!(!found("use std::{collections::BTreeMap, fmt};"));
    let instant = |text: &str| code_lines(text).iter().any(|(_, line)| line.contains("std::time::Instant"));
    assert!(instant("use std::time::{Duration, Instant};"));
    assert!(!instant("use std::time::Duration;\nuse tokio::time::{Instant, timeout};"));
}
