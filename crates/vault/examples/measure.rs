//! Measures the vault by hand: `cargo run --release -p enginus-vault --example measure -- seal FILE` or `-- s3 MEBIBYTES`.
//!
//! `seal` takes a file in and gives it back (run it under `/usr/bin/time -v` to see the peak memory; `truncate -s 3G FILE` makes a large
//! one that takes no space). `s3` puts bytes into a real S3 server on loopback: once plainly with `object_store`, once sealed.
#![allow(clippy::print_stdout, reason = "this program exists to print figures")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use enginus_envelope::EpochSecret;
use enginus_model::{Hash, ProjectId};
use enginus_vault::{Bucket, CHUNK_BYTES, CancellationToken, TRANSFERS_AT_ONCE, Vault, upload};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["seal", file] => seal(Path::new(file)),
        ["s3", mebibytes] => tokio::runtime::Runtime::new()?.block_on(s3(mebibytes.parse()?)),
        _ => Err("usage: measure seal FILE | measure s3 MEBIBYTES".into()),
    }
}

fn mebibytes_per_second(bytes: u64, elapsed: Duration) -> f64 {
    bytes as f64 / f64::from(1 << 20) / elapsed.as_secs_f64()
}

fn seal(file: &Path) -> Result<(), Failure> {
    let dir = tempfile::tempdir_in(file.parent().unwrap_or(Path::new(".")))?;
    let (vault, secret) = (Vault::open(&dir.path().join("objects"))?, EpochSecret::from_bytes([1; 32]));
    let never = CancellationToken::new();
    let start = Instant::now();
    let sealed = vault.seal_file(file, &secret.dedup_secret(), secret.id(), &|_| (), &never)?;
    let (size, elapsed) = (sealed.file.size, start.elapsed());
    println!(
        "sealed {size} bytes into {} objects at {:.0} MiB/s",
        sealed.objects.len(),
        mebibytes_per_second(size, elapsed)
    );
    let (out, start) = (dir.path().join("out"), Instant::now());
    vault.open_file(&sealed.file, &secret.dedup_secret(), &out, &|_| (), &never)?;
    println!("opened and checked it at {:.0} MiB/s", mebibytes_per_second(size, start.elapsed()));
    Ok(())
}

async fn s3(mebibytes: usize) -> Result<(), Failure> {
    let dir = tempfile::tempdir()?;
    let port = common::serve_s3(&dir.path().join("server")).await;
    let path = dir.path().join("file");
    write_noise(&path, mebibytes)?;
    let size = std::fs::metadata(&path)?.len();

    let start = Instant::now();
    plain(&path, port).await?;
    let plain = start.elapsed();
    println!("plain put, in pieces as large as ours: {:.0} MiB/s", mebibytes_per_second(size, plain));
    let start = Instant::now();
    multipart(&path, port).await?;
    let multipart = start.elapsed();
    println!("plain put, one object in parts: {:.0} MiB/s", mebibytes_per_second(size, multipart));

    let (vault, secret) = (Vault::open(&dir.path().join("objects"))?, EpochSecret::from_bytes([1; 32]));
    let never = CancellationToken::new();
    let genesis = b"measured";
    let options = common::s3_options(port, Duration::from_secs(60));
    let bucket = Bucket::create("s3://plans", ProjectId(Hash::of(genesis).0), genesis, &options).await?;
    let start = Instant::now();
    let sealed = vault.seal_file(&path, &secret.dedup_secret(), secret.id(), &|_| (), &never)?;
    println!("sealing into the vault: {:.0} MiB/s", mebibytes_per_second(size, start.elapsed()));
    let start = Instant::now();
    let report = upload(&vault, &bucket, &sealed.objects, &|_| (), &never).await?;
    let sealed = start.elapsed();
    println!("sealed put of {} objects: {:.0} MiB/s", report.sent, mebibytes_per_second(size, sealed));
    let share = |of: Duration| 100.0 * of.as_secs_f64() / sealed.as_secs_f64();
    println!("that is {:.0} % of the put in pieces and {:.0} % of the put in parts", share(plain), share(multipart));
    Ok(())
}

/// Bytes of which no two chunks are equal.
fn write_noise(path: &Path, mebibytes: usize) -> Result<(), Failure> {
    let mut file = std::fs::File::create(path)?;
    let mut block = vec![0; 1 << 20];
    for i in 0..mebibytes {
        blake3::Hasher::new().update(&i.to_le_bytes()).finalize_xof().fill(&mut block);
        file.write_all(&block)?;
    }
    Ok(file.sync_all()?)
}

fn storage_alone(port: u16) -> Result<Arc<dyn object_store::ObjectStore>, Failure> {
    Ok(Arc::new(
        object_store::aws::AmazonS3Builder::new()
            .with_endpoint(format!("http://127.0.0.1:{port}"))
            .with_allow_http(true)
            .with_bucket_name("plans")
            .with_access_key_id("test-id")
            .with_secret_access_key("test-secret")
            .build()?,
    ))
}

/// The same bytes as one object, in as many parts at once as we send objects, by the storage library alone.
async fn multipart(path: &Path, port: u16) -> Result<(), Failure> {
    let store = storage_alone(port)?;
    let upload = store.put_multipart(&object_store::path::Path::from("whole")).await?;
    // S3 takes no part below 5 MiB but the last.
    let mut write = object_store::WriteMultipart::new_with_chunk_size(upload, 8 << 20);
    let mut file = tokio::fs::File::open(path).await?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = tokio::io::AsyncReadExt::read(&mut file, &mut buffer).await?;
        if read == 0 {
            break;
        }
        write.wait_for_capacity(TRANSFERS_AT_ONCE).await?;
        write.write(&buffer[..read]);
    }
    write.finish().await?;
    Ok(())
}

/// The same bytes in pieces of the same size, as many at once, by the storage library alone.
async fn plain(path: &Path, port: u16) -> Result<(), Failure> {
    let store = storage_alone(port)?;
    let pieces = usize::try_from(std::fs::metadata(path)?.len())?.div_ceil(CHUNK_BYTES);
    futures::stream::iter(0..pieces)
        .map(|piece| {
            let (store, path) = (Arc::clone(&store), path.to_owned());
            async move {
                let read = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<u8>> {
                    use std::io::{Read, Seek};
                    let mut file = std::fs::File::open(path)?;
                    file.seek(std::io::SeekFrom::Start((piece * CHUNK_BYTES) as u64))?;
                    let mut bytes = Vec::with_capacity(CHUNK_BYTES);
                    file.take(CHUNK_BYTES as u64).read_to_end(&mut bytes)?;
                    Ok(bytes)
                });
                store.put(&object_store::path::Path::from(format!("plain/{piece}")), read.await??.into()).await?;
                Ok::<(), Failure>(())
            }
        })
        .buffer_unordered(TRANSFERS_AT_ONCE)
        .try_collect()
        .await
}
