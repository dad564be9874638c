//! Keys sealed under a key in the system's key ring: with a real Secret Service on a message bus of the test's own.
#![cfg(all(target_os = "linux", feature = "desktop"))]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::stand::{Stand, text};

fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// Runs a script with a key ring that is open, and kept in `folder`; answers what it printed.
fn with_keyring(folder: &Path, script: &str) -> String {
    let opened = format!("printf secret | gnome-keyring-daemon --unlock --components=secrets >/dev/null\n{script}");
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "bash", "-e", "-c", &opened]);
    for (name, inside) in [("HOME", ""), ("XDG_DATA_HOME", "data"), ("XDG_RUNTIME_DIR", "run")] {
        std::fs::create_dir_all(folder.join(inside)).unwrap();
        command.env(name, folder.join(inside));
    }
    let said = command.output().unwrap();
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).unwrap()
}

#[test]
fn the_key_ring_opens_the_home_and_without_it_nothing_does() {
    if !["dbus-run-session", "gnome-keyring-daemon"].into_iter().all(is_installed) {
        let _ = writeln!(std::io::stderr(), "skipped: needs dbus-run-session and gnome-keyring-daemon");
        return;
    }
    let stand = Stand::new();
    let owner = stand.owner();
    let binary = format!("{} --home {}", env!("CARGO_BIN_EXE_enginus"), text(&stand.path(owner)));
    let ring = stand.path("ring");

    let said = with_keyring(&ring, &format!("{binary} passphrase keyring\n{binary} project list"));
    assert!(said.contains("key ring") && said.contains("Sample Plant"), "{said}");
    let refused = stand.run(owner, &["project", "list"]);
    assert_eq!(refused.code, Some(1), "the folder alone opens nothing");
    assert!(refused.err.contains("key ring") && refused.err.contains("24 words"), "{}", refused.err);
    let elsewhere = with_keyring(&stand.path("other"), &format!("{binary} project list 2>&1 || true"));
    assert!(elsewhere.contains("does not hold the key of this home"), "{elsewhere}");

    let said = with_keyring(&ring, &format!("{binary} passphrase remove\n{binary} passphrase remove"));
    assert!(said.contains("only the file's permissions"), "{said}");
    assert!(stand.ok(owner, &["project", "list"]).contains("Sample Plant"));
}
