//! Every kind of bucket runs the same suite: memory, a local folder, and a real S3 server.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use std::time::Duration;

use enginus_vault::conformance::{Backend, suite};
use enginus_vault::{BucketOptions, Limits, Variables};

const PATIENT: Duration = Duration::from_secs(60);

fn plain() -> BucketOptions {
    BucketOptions { variables: Variables::default(), limits: Limits::default() }
}

fn folder_url(path: &std::path::Path) -> String {
    url::Url::from_directory_path(path).unwrap().to_string()
}

#[tokio::test]
async fn memory() {
    let scratch = tempfile::tempdir().unwrap();
    suite(&Backend { url: "memory://conformance", options: &plain(), scratch: scratch.path() }).await.unwrap();
}

#[tokio::test]
async fn a_local_folder() {
    let dir = tempfile::tempdir().unwrap();
    let url = folder_url(&dir.path().join("bucket of the project"));
    suite(&Backend { url: &url, options: &plain(), scratch: dir.path() }).await.unwrap();
}

#[tokio::test]
async fn a_real_s3_server() {
    let dir = tempfile::tempdir().unwrap();
    let port = common::serve_s3(&dir.path().join("server")).await;
    let options = common::s3_options(port, PATIENT);
    suite(&Backend { url: "s3://plans/solar/east", options: &options, scratch: dir.path() }).await.unwrap();
    assert!(dir.path().join("server/plans/solar/east/enginus").is_dir(), "the prefix of the address is kept to");
}

/// Older S3 servers know neither conditional puts nor SHA-256 checksums.
#[tokio::test]
async fn an_s3_server_without_conditional_puts_and_checksums() {
    let dir = tempfile::tempdir().unwrap();
    let port = common::serve_s3(&dir.path().join("server")).await;
    let mut options = common::s3_options(port, PATIENT);
    options.variables = Variables::from_pairs([
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}").as_str()),
        ("AWS_ACCESS_KEY_ID", "test-id"),
        ("AWS_SECRET_ACCESS_KEY", "test-secret"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_CONDITIONAL_PUT", "disabled"),
        ("AWS_CHECKSUM_ALGORITHM", "crc64nvme"),
    ]);
    suite(&Backend { url: "s3://plans", options: &options, scratch: dir.path() }).await.unwrap();
}
