//! What scripts rely on: the keys that `--json` promises, on stdout alone.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stand::{Stand, text};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn has(value: &Value, promised: &[&str]) {
    let missing: Vec<_> = promised.iter().filter(|key| !keys(value).contains(**key)).collect();
    assert!(missing.is_empty(), "{missing:?} are not in {value}");
}

#[test]
fn lists_and_documents_have_the_promised_keys() {
    let stand = Stand::new();
    let home = stand.owner();
    let one = stand.file("SP-001_SITE LAYOUT-P01.pdf", "one");
    let two = stand.file("two.pdf", "two");
    let added = stand.ok(home, &["doc", "add", "Projects", text(&one), "--reason", "issued for review", "--json"]);
    let lines: Vec<Value> = added.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    has(&lines[0], &["file", "id", "folder", "number", "title", "revision", "size", "sha256", "number_clash"]);
    assert_eq!(lines[1], serde_json::json!({ "added": 1, "refused": 0 }));
    let revise = ["doc", "revise", "SP-001", text(&two), "--reason", "moved the road", "--status", "S3"];
    has(&stand.json(home, &revise), &["revisions"]);

    let list = stand.json(home, &["doc", "list"]);
    let listed = &list.as_array().unwrap()[0];
    let promised =
        ["folder", "number", "title", "revision", "status", "reason", "added_by", "added_at", "file", "size", "sha256"];
    has(listed, &promised);
    let told = |key: &str| listed[key].as_str().unwrap_or_default().to_owned();
    assert_eq!((told("folder"), told("number")), ("Projects".to_owned(), "SP-001".to_owned()));
    assert_eq!(
        (told("title"), told("revision"), told("status")),
        ("SITE LAYOUT".to_owned(), "P02".to_owned(), "S3".to_owned())
    );
    assert_eq!((told("reason"), told("added_by")), ("moved the road".to_owned(), "Owner".to_owned()));
    assert!(told("added_at").ends_with('Z') && told("sha256").len() == 64 && listed["size"] == 3);

    let shown = stand.json(home, &["doc", "show", "Projects/SP-001"]);
    let revisions = shown["revisions"].as_array().unwrap();
    assert_eq!(revisions.iter().map(|r| r["revision"].as_str().unwrap()).collect::<Vec<_>>(), ["P01", "P02"]);
    for revision in revisions {
        has(revision, &["revision", "reason", "sha256", "in_conflict", "added_by", "added_at", "status", "files"]);
        assert_eq!(revision["in_conflict"], false);
    }
}

#[test]
fn every_reading_command_answers_json() {
    let stand = Stand::new();
    let home = stand.owner();
    has(&stand.json(home, &["status"]), &["identity", "home", "running", "addresses", "projects"]);
    let project = &stand.json(home, &["project", "list"])[0];
    has(project, &["id", "name", "state", "roles", "documents"]);
    has(
        &stand.json(home, &["project", "show"]),
        &["id", "name", "template", "language", "folders", "buckets", "members"],
    );
    has(&stand.json(home, &["member", "list"])[0], &["person", "name", "roles", "devices"]);
    has(&stand.json(home, &["invite", "--role", "contractor"]), &["ticket", "role", "expires"]);
    has(&stand.json(home, &["rebuild"]), &["documents", "identical"]);
    has(&stand.json(home, &["bundle", "export", "project.enginus"]), &["project", "envelopes", "objects"]);
    has(&stand.json(home, &["log", "export", "Projects", "-o", "log.xlsx"]), &["path", "rows"]);
    assert_eq!(stand.json(home, &["doc", "list"]), serde_json::json!([]));
}
