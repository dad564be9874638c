//! A person's keys in the window on a real engine: locked and opened, brought back by the words, given to a second device.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use egui::{Key, Modifiers};
use serde_json::Value;

use crate::real::open;
use crate::stand::Stand;

/// The command line on the same home, through the window.
fn enginus(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_enginus"));
    command.env("ENGINUS_HOME", home).env("ENGINUS_BIND", "127.0.0.1").stdin(Stdio::null());
    for name in ["ENGINUS_LANGUAGE", "ENGINUS_LOG", "ENGINUS_MDNS", "ENGINUS_PASSPHRASE"] {
        command.env_remove(name);
    }
    command
}

fn json(home: &Path, arguments: &[&str]) -> Value {
    let said = enginus(home).args(arguments).arg("--json").output().unwrap();
    assert!(said.status.success(), "{arguments:?}: {said:?}");
    serde_json::from_slice(&said.stdout).unwrap()
}

/// Begins as somebody new, with a project.
fn begin(stand: &mut Stand) {
    stand.write("Your name", "Owner");
    stand.press("Continue");
    stand.wait_for("the identity", |stand| stand.has("Welcome, Owner") && stand.has("Your 24 words"));
    stand.key(Modifiers::NONE, Key::Escape);
    stand.press_button("Create a project");
    stand.write("Project name", "Plant");
    stand.press("Create the project");
    stand.wait_for("the project", |stand| stand.has("No documents here yet"));
    stand.settle();
}

fn set_passphrase(stand: &mut Stand, passphrase: &str) {
    stand.key(Modifiers::COMMAND, Key::Num5);
    stand.press("Set a passphrase…");
    stand.write("New passphrase", passphrase);
    stand.write("New passphrase again", passphrase);
    stand.press("Set it");
    stand.wait_for("the passphrase", |stand| stand.has("Change it…"));
}

#[test]
fn locked_nothing_is_shown_or_answered_until_the_passphrase_opens_it() {
    let home = tempfile::tempdir().unwrap();
    let (mut stand, host) = open(home.path());
    begin(&mut stand);
    set_passphrase(&mut stand, "correct horse battery");
    stand.key(Modifiers::COMMAND, Key::L);
    stand.wait_for("the lock", |stand| stand.has("Unlock"));
    assert!(!stand.has("Plant") && !stand.has("Members"));
    let refused = enginus(home.path()).args(["doc", "list"]).output().unwrap();
    assert!(!refused.status.success(), "the command line goes through the same lock");
    stand.write("Passphrase", "wrong horse");
    stand.press("Unlock");
    stand.wait_for("the refusal", |stand| stand.has("That is not the passphrase"));
    drop(stand);
    host.close();

    // The lock and the wait outlive the program.
    let (mut stand, host) = open(home.path());
    stand.wait_for("the lock", |stand| stand.has("Unlock"));
    stand.wait_out(|stand| !stand.has("The next try is possible"));
    stand.write("Passphrase", "correct horse battery");
    stand.press("Unlock");
    stand.wait_for("the project", |stand| stand.has("Plant") && stand.has("Members"));
    drop(stand);
    host.close();
}

#[test]
fn the_words_bring_a_person_back_on_an_empty_machine() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut stand, host) = open(first.path());
    begin(&mut stand);
    let words = json(first.path(), &["phrase"]);
    let words: Vec<_> = words["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    stand.key(Modifiers::COMMAND, Key::Num5);
    stand.press("Show the words…");
    stand.wait_for("the words", |stand| words.iter().all(|word| stand.has(word)));
    drop(stand);
    host.close();

    let (mut stand, host) = open(second.path());
    stand.press("I have 24 words");
    stand.write("Your name", "Owner");
    stand.write("The 24 words", &words.join(" "));
    stand.press("Bring me back");
    stand.wait_for("the person", |stand| stand.has("Bring my projects back"));
    drop(stand);
    host.close();
    let person = |home: &Path| json(home, &["status"])["identity"]["person"].clone();
    assert_eq!(person(first.path()), person(second.path()));
    assert!(person(first.path()).is_string());
}

/// A process that ends with the test.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_code_makes_the_window_a_second_device_with_all_projects() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for arguments in [&["init", "--name", "Owner"][..], &["project", "create", "Plant"]] {
        assert!(enginus(first.path()).args(arguments).output().unwrap().status.success());
    }
    let mut adding = enginus(first.path());
    let mut adding =
        Ending(adding.args(["device", "add"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let mut code = String::new();
    BufReader::new(adding.0.stdout.take().unwrap()).read_line(&mut code).unwrap();

    let (mut stand, host) = open(second.path());
    stand.press("Second device");
    stand.write("Device code", code.trim());
    stand.write("Name of this device", "Tablet");
    stand.press("Join my devices");
    stand.wait_for("the project", |stand| stand.has("Plant") && stand.has("No documents here yet"));
    stand.key(Modifiers::COMMAND, Key::Num5);
    stand.wait_for("both devices", |stand| stand.has("Tablet") && stand.has("This device"));
    drop(stand);
    host.close();
    let devices = json(second.path(), &["device", "list"]);
    assert_eq!(devices.as_array().unwrap().len(), 2, "{devices}");
}
