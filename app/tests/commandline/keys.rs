//! Keys and devices over processes: a locked agent, recovery from a file, a second device by its code.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::stand::{Stand, text};

const PASSPHRASE: &str = "correct horse battery staple";

/// Ends when the test does, whatever comes of it.
struct Background(std::process::Child);

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts something that stays, and answers its first line.
fn start(stand: &Stand, home: &str, arguments: &[&str], passphrase: Option<&str>) -> (Background, String) {
    let mut command = stand.command(home, arguments);
    if let Some(passphrase) = passphrase {
        command.env("ENGINUS_PASSPHRASE", passphrase);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Background(child), line)
}

#[test]
fn an_agent_is_unlocked_locked_and_unlocked_again() {
    let stand = Stand::new();
    let owner = stand.owner();
    let file = stand.file("passphrase", &format!("{PASSPHRASE}\r\n"));
    let file = text(&file);
    stand.ok(owner, &["passphrase", "set", "--new-passphrase-file", file]);
    assert!(stand.refused(owner, &["agent"]).contains("locked"), "an agent without a passphrase ends");
    let (_agent, line) = start(&stand, owner, &["agent"], Some(PASSPHRASE));
    assert!(line.contains("127.0.0.1"), "{line}");
    // Whoever works through it needs no passphrase while it is open.
    assert!(stand.ok(owner, &["project", "list"]).contains("Sample Plant"));
    assert!(stand.ok(owner, &["lock"]).contains("locked"));
    assert!(stand.refused(owner, &["project", "list"]).contains("locked"));
    let status = stand.json(owner, &["status"]);
    assert!(status["identity"]["name"] == "Owner" && status["projects"].as_array().unwrap().is_empty(), "{status}");
    stand.ok(owner, &["unlock", "--passphrase-file", file]);
    assert!(stand.ok(owner, &["project", "list"]).contains("Sample Plant"));
}

#[test]
fn the_words_of_a_lost_home_make_another() {
    let stand = Stand::new();
    let bucket = stand.path("bucket");
    std::fs::create_dir(&bucket).unwrap();
    stand.ok("owner", &["init", "--name", "Owner"]);
    stand.ok("owner", &["project", "create", "Sample Plant", "--bucket", text(&bucket)]);
    let drawing = stand.file("SP-001_LAYOUT-P01.pdf", "a drawing");
    stand.ok("owner", &["doc", "add", "Projects", text(&drawing), "--reason", "issued"]);
    stand.ok("owner", &["sync", "--once"]);
    let words = stand.ok("owner", &["phrase"]);
    let first = stand.json("owner", &["phrase"]);
    assert_eq!(first["words"].as_array().unwrap().len(), 24);
    let person = stand.json("owner", &["status"])["identity"]["person"].clone();
    std::fs::remove_dir_all(stand.path("owner")).unwrap();

    // As it was printed, numbers and all.
    let words = stand.file("words", &words);
    stand.ok("again", &["recover", "--name", "Owner", "--phrase-file", text(&words)]);
    assert_eq!(stand.json("again", &["status"])["identity"]["person"], person);
    let back = stand.ok("again", &["project", "recover", "--bucket", text(&bucket)]);
    assert!(back.contains("Sample Plant"), "{back}");
    let out = stand.path("out.pdf");
    stand.ok("again", &["doc", "get", "SP-001", "-o", text(&out)]);
    assert_eq!(std::fs::read_to_string(out).unwrap(), "a drawing");
}

#[test]
fn a_second_device_comes_in_with_the_code() {
    let stand = Stand::new();
    let owner = stand.owner();
    let (adding, code) = start(&stand, owner, &["device", "add"], None);
    assert!(code.starts_with("enginus-device1"), "{code}");
    let joined = stand.ok("laptop", &["device", "join", code.trim(), "--name", "site laptop", "--wait", "60"]);
    assert!(joined.contains("Sample Plant"), "{joined}");
    drop(adding);
    let devices = stand.json("laptop", &["device", "list"]);
    assert_eq!(devices.as_array().unwrap().len(), 2, "{devices}");
    assert!(devices[0]["is_this"] == true && devices[0]["name"] == "site laptop", "{devices}");
    assert!(stand.refused("laptop", &["device", "join", code.trim()]).contains("already belongs to Owner"));
}
