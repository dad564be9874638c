//! Killed at any moment: what was acknowledged is there with its file, and nothing is there by halves.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use enginus_engine::api::{Answer, Command, DocumentListing};
use enginus_engine::{Engine, NetworkOptions, Options};

use crate::stand::Stand;

const FILES: u32 = 200;
/// How many acknowledgements each run is allowed before it is killed; the last run is left alone. 0 kills it while it opens.
const KILLED_AFTER: [usize; 12] = [1, 0, 7, 2, 23, 0, 11, 31, 3, 17, 0, 29];

fn content(n: u32) -> String {
    format!("drawing {n} {}", "x".repeat(n as usize * 37))
}

/// Adds the whole folder; answers the acknowledged numbers with their digests. Kills after `count` of them.
fn add_until(stand: &Stand, count: Option<usize>) -> BTreeMap<String, String> {
    let arguments = ["doc", "add", "Projects", "drawings", "--recursive", "--reason", "handover", "--json"];
    let mut command = stand.command("owner", &arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = BTreeMap::new();
    if count != Some(0) {
        for line in lines {
            let told: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
            if let (Some(number), Some(sha256)) = (told["number"].as_str(), told["sha256"].as_str()) {
                acknowledged.insert(number.to_owned(), sha256.to_owned());
            }
            if count.is_some_and(|count| acknowledged.len() >= count) {
                break;
            }
        }
    }
    if count.is_some() {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    acknowledged
}

async fn check(stand: &Stand, acknowledged: &BTreeMap<String, String>) {
    let network = NetworkOptions { bind: [127, 0, 0, 1].into(), ..NetworkOptions::default() };
    let engine = Engine::open(Options { home: stand.path("owner"), network }).await.unwrap();
    let list = async || match engine.run(Command::DocList { project: None, folder: None, removed: true }).finish().await
    {
        Ok(Answer::Documents(documents)) => documents,
        other => panic!("{other:?}"),
    };
    let documents: Vec<DocumentListing> = list().await;
    let listed: BTreeMap<String, String> =
        documents.iter().map(|document| (document.number.clone(), document.sha256.unwrap().to_string())).collect();
    for (number, sha256) in acknowledged {
        assert_eq!(listed.get(number), Some(sha256), "{number} was acknowledged");
    }
    assert_eq!(listed.len(), documents.len(), "nothing is there twice");
    for document in &documents {
        let output = stand.path("out.pdf");
        let number = document.number.clone();
        let get = Command::DocGet { project: None, number, revision: None, output: output.clone(), wait_ms: 0 };
        engine.run(get).finish().await.unwrap();
        let n: u32 = document.number.trim_start_matches("SP-").parse().unwrap();
        assert_eq!(std::fs::read_to_string(output).unwrap(), content(n), "{}", document.number);
    }
    let rebuilt = engine.run(Command::Rebuild { project: None }).finish().await.unwrap();
    assert!(matches!(rebuilt, Answer::Rebuilt { identical: true, .. }), "{rebuilt:?}");
    assert_eq!(list().await, documents);
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_any_kill() {
    let stand = Stand::new();
    stand.owner();
    for n in 1..=FILES {
        stand.file(&format!("drawings/SP-{n:04}_SHEET {n}-P01.pdf"), &content(n));
    }
    let mut acknowledged = BTreeMap::new();
    for count in KILLED_AFTER {
        acknowledged.extend(add_until(&stand, Some(count)));
        if count % 2 == 1 {
            check(&stand, &acknowledged).await;
        }
    }
    assert!(acknowledged.len() < FILES as usize, "all were added before the last kill");
    // The program is simply started again: it goes on where it was.
    acknowledged.extend(add_until(&stand, None));
    check(&stand, &acknowledged).await;
    assert_eq!(stand.json("owner", &["doc", "list"]).as_array().unwrap().len(), FILES as usize);
}
