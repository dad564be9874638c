//! Buckets and bundles are blind: nothing a person wrote is in them in clear, in contents or in names.

use enginus_tests::{PATIENCE_MS, Stage, canary, files_under};

fn assert_blind(place: &str, bytes: &[u8]) {
    assert_eq!(canary::heard_in(bytes), None, "in {place}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_said_is_in_the_bucket_or_in_a_bundle() {
    let stage = Stage::new();
    std::fs::create_dir(stage.path("bucket")).unwrap();
    let owner = canary::speaker(&stage, &[stage.bucket("bucket")]).await;
    let ticket = owner.invite("contractor", &[]).await;
    owner.sync_for(PATIENCE_MS).await;
    owner.export(&stage.path("bundle")).await;

    let stored = files_under(&stage.path("bucket"));
    assert!(stored.len() > 10, "the bucket is full: {}", stored.len());
    for path in stored {
        let name = path.strip_prefix(stage.path("bucket")).unwrap().display().to_string();
        assert_blind("a name in the bucket", name.as_bytes());
        assert_blind(&name, &std::fs::read(&path).unwrap());
    }
    assert_blind("the bundle", &std::fs::read(stage.path("bundle")).unwrap());
    // What lies on the person's own disk is sealed too, as far as it is files.
    for path in files_under(&owner.home().join("objects")) {
        assert_blind("the cache", &std::fs::read(&path).unwrap());
    }
    // A ticket is handed over by hand and names the project to its reader, and nothing else.
    assert_blind("a ticket", ticket.as_bytes());
    owner.close().await;
}
