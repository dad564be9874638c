//! A bucket that refuses, fails, stalls or lies: an error of the right kind, in bounded time, and never a wrong success.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use std::error::Error as _;
use std::time::Duration;

use bytes::Bytes;
use common::{Fault, s3_options, serve_fault, serve_s3};
use enginus_model::{Hash, ProjectId};
use enginus_vault::{
    Bucket, BucketErrorKind as Kind, BucketOptions, CancellationToken, Limits, ObjectInfo, Proof, TransferProblem,
    Variables, Vault, upload,
};

const SOON: Duration = Duration::from_millis(300);
const PATIENT: Duration = Duration::from_secs(60);
const GENESIS: &[u8] = b"genesis";

fn project() -> ProjectId {
    ProjectId(Hash::of(GENESIS).0)
}

fn plain() -> BucketOptions {
    BucketOptions { variables: Variables::default(), limits: Limits::default() }
}

async fn kinds(fault: Fault, answer: Duration) -> (Kind, Kind) {
    let options = s3_options(serve_fault(fault).await, answer);
    let open = Bucket::open("s3://plans", project(), &options).await.unwrap_err();
    let create = Bucket::create("s3://plans", project(), GENESIS, &options).await.unwrap_err();
    for error in [&open, &create] {
        assert!(error.source().is_some() || error.kind() == Kind::NotTheProjectsBucket, "{error:?}");
        assert!(error.to_string().contains("s3://plans") && !error.hint().is_empty());
        assert!(!format!("{error:?}").contains("test-secret"));
    }
    (open.kind(), create.kind())
}

#[tokio::test]
async fn statuses_have_their_meaning() {
    for (status, code, open, create) in [
        (403, "AccessDenied", Kind::Denied, Kind::Denied),
        (401, "Unauthorized", Kind::Denied, Kind::Denied),
        (404, "NoSuchKey", Kind::NotTheProjectsBucket, Kind::NotFound),
        (404, "NoSuchBucket", Kind::NotFound, Kind::NotFound),
        (500, "InternalError", Kind::Failing, Kind::Failing),
        (503, "SlowDown", Kind::Failing, Kind::Failing),
        (507, "InsufficientStorage", Kind::Full, Kind::Full),
        (418, "Teapot", Kind::Other, Kind::Other),
    ] {
        assert_eq!(kinds(Fault::Status(status, code), PATIENT).await, (open, create), "{status} {code}");
    }
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_times_out() {
    assert_eq!(kinds(Fault::Stall, SOON).await, (Kind::TimedOut, Kind::TimedOut));
    let options = s3_options(serve_fault(Fault::StallInTheMiddle).await, SOON);
    let open = Bucket::open("s3://plans", project(), &options).await.unwrap_err();
    assert_eq!(open.kind(), Kind::TimedOut);
}

#[tokio::test]
async fn a_connection_that_breaks_or_is_refused_is_unreachable() {
    assert_eq!(kinds(Fault::Close, PATIENT).await, (Kind::Unreachable, Kind::Unreachable));
    let options = s3_options(serve_fault(Fault::CloseInTheMiddle).await, PATIENT);
    let open = Bucket::open("s3://plans", project(), &options).await.unwrap_err();
    assert_eq!(open.kind(), Kind::Unreachable);

    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let refused = Bucket::open("s3://plans", project(), &s3_options(port, PATIENT)).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::Unreachable);
    assert!(refused.is_passing());
}

#[tokio::test]
async fn wrong_credentials_are_denied_by_a_real_server() {
    let dir = tempfile::tempdir().unwrap();
    let port = serve_s3(dir.path()).await;
    let options = s3_options(port, PATIENT);
    Bucket::create("s3://plans", project(), GENESIS, &options).await.unwrap();
    let mut wrong = options.clone();
    wrong.variables = Variables::from_pairs([
        ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
        ("AWS_ACCESS_KEY_ID", "test-id".into()),
        ("AWS_SECRET_ACCESS_KEY", "another".into()),
        ("AWS_ALLOW_HTTP", "true".into()),
    ]);
    let denied = Bucket::open("s3://plans", project(), &wrong).await.unwrap_err();
    assert_eq!(denied.kind(), Kind::Denied, "{denied:?}");
}

#[tokio::test]
async fn an_s3_provider_proves_by_its_sha256_and_a_folder_by_reading_back() {
    let dir = tempfile::tempdir().unwrap();
    let options = s3_options(serve_s3(&dir.path().join("server")).await, PATIENT);
    let bytes = Bytes::from_static(b"sealed");
    let s3 = Bucket::create("s3://plans", project(), GENESIS, &options).await.unwrap();
    assert_eq!(s3.put_object(&Hash::of(&bytes), &bytes).await.unwrap().proof, Proof::ProviderSha256);
    let url = url::Url::from_directory_path(dir.path().join("folder")).unwrap().to_string();
    let folder = Bucket::create(&url, project(), GENESIS, &plain()).await.unwrap();
    assert_eq!(folder.put_object(&Hash::of(&bytes), &bytes).await.unwrap().proof, Proof::ReadBack);
}

#[tokio::test]
async fn an_upload_keeps_what_was_proved_when_the_bucket_goes_away() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(&dir.path().join("objects")).unwrap();
    let name = Hash::of(b"sealed");
    vault.put(&name, b"sealed").unwrap();
    let folder = dir.path().join("drive");
    let url = url::Url::from_directory_path(&folder).unwrap().to_string();
    let bucket = Bucket::create(&url, project(), GENESIS, &plain()).await.unwrap();

    // The drive is unmounted: an empty folder stands in its place.
    std::fs::rename(&folder, dir.path().join("unmounted")).unwrap();
    std::fs::create_dir(&folder).unwrap();
    let objects = [ObjectInfo { name, size: 6 }];
    let error = upload(&vault, &bucket, &objects, &|_| (), &CancellationToken::new()).await.unwrap_err();
    let TransferProblem::Bucket(problem) = &error.problem else { unreachable!("{error:?}") };
    assert_eq!(problem.kind(), Kind::NotTheProjectsBucket);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "nothing is written to what is not the bucket");
    assert_eq!(Bucket::open(&url, project(), &plain()).await.unwrap_err().kind(), Kind::NotTheProjectsBucket);
    std::fs::remove_dir(&folder).unwrap();
    assert_eq!(Bucket::open(&url, project(), &plain()).await.unwrap_err().kind(), Kind::NotFound);
    assert!(!folder.exists());

    std::fs::rename(dir.path().join("unmounted"), &folder).unwrap();
    let report = upload(&vault, &bucket, &objects, &|_| (), &CancellationToken::new()).await.unwrap();
    assert_eq!((report.sent, report.proved.len()), (1, 1));
}

#[tokio::test]
async fn a_damaged_marker_is_no_marker_and_creating_again_mends_it() {
    let dir = tempfile::tempdir().unwrap();
    let url = url::Url::from_directory_path(dir.path()).unwrap().to_string();
    Bucket::create(&url, project(), GENESIS, &plain()).await.unwrap();
    let folder = std::fs::read_dir(dir.path().join("enginus")).unwrap().next().unwrap().unwrap();
    let marker = folder.path().join("project");
    for (content, kind) in [
        (&b""[..], Kind::NotTheProjectsBucket),
        (b"\x01other", Kind::NotTheProjectsBucket),
        (&[1; 10_000], Kind::NotTheProjectsBucket),
        (b"\x02newer", Kind::NewerVersion),
    ] {
        std::fs::write(&marker, content).unwrap();
        assert_eq!(Bucket::open(&url, project(), &plain()).await.unwrap_err().kind(), kind);
    }
    assert_eq!(Bucket::create(&url, project(), GENESIS, &plain()).await.unwrap_err().kind(), Kind::NewerVersion);
    std::fs::write(&marker, b"\x01other").unwrap();
    Bucket::create(&url, project(), GENESIS, &plain()).await.unwrap();
    assert_eq!(Bucket::open(&url, project(), &plain()).await.unwrap().genesis().await.unwrap(), GENESIS);
}

#[tokio::test]
async fn a_bucket_that_takes_everything_and_keeps_nothing_is_not_believed() {
    let options = s3_options(serve_fault(Fault::Lie("\x01genesis")).await, PATIENT);
    let bucket = Bucket::open("s3://plans", project(), &options).await.unwrap();
    let bytes = Bytes::from_static(b"sealed");
    let error = bucket.put_object(&Hash::of(&bytes), &bytes).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged);
}

#[test]
fn transfers_can_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    fn check(vault: &Vault, bucket: &Bucket, cancel: &CancellationToken) {
        is_send(upload(vault, bucket, &[], &|_| (), cancel));
        is_send(enginus_vault::download(bucket, vault, &[], &|_| (), cancel));
        is_send(enginus_vault::upload_envelopes(bucket, vec![], cancel));
        is_send(bucket.list_logs(|_| true));
        is_send(bucket.list_objects());
        is_send(Bucket::open("", project(), &plain()));
    }
    let _ = check;
}
