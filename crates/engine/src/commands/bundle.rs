//! Synchronising by file, for a site without any network.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use enginus_access::Genesis;
use enginus_model::{Hash, portable_file_name};
use enginus_sync::bundle::{BundleError, BundleReader, BundleWriter, Record};
use enginus_vault::Vault;

use super::files::cannot_write;
use crate::Engine;
use crate::ambient;
use crate::api::{Answer, Failure, FailureKind, Selector};
use crate::engine::{SharedProject, blocking, lock};
use crate::network;
use crate::running::Reporter;

/// Envelopes read from a bundle before they are taken in together.
const INTAKE: usize = 512;
const INTAKE_BYTES: usize = 8 << 20;

pub(super) async fn export(
    engine: &Engine,
    project: &Selector,
    output: PathBuf,
    files: bool,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    let (vault, reporter) = (engine.inner().vault.clone(), reporter.clone());
    blocking(move || {
        let staged = beside(&output);
        let written = write(&project, &vault, &staged, files, &reporter);
        let answer = written.and_then(|answer| {
            std::fs::rename(&staged, &output).map_err(|error| cannot_write(&output, &error))?;
            Ok(answer)
        });
        if answer.is_err() {
            let _ = std::fs::remove_file(&staged);
        }
        answer
    })
    .await
}

/// A name beside `output` that nobody else uses: what stands there is not this program's to replace before it is done.
fn beside(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let random = hex::encode(ambient::random::<8>());
    output.with_file_name(format!(".{}.{random}.part", portable_file_name(&name).chars().take(64).collect::<String>()))
}

fn write(
    project: &SharedProject,
    vault: &Vault,
    path: &Path,
    files: bool,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let (genesis, name, keys, reader, objects) = {
        let project = lock(project);
        let objects: BTreeSet<Hash> = if files { project.kept_objects(vault) } else { BTreeSet::new() };
        let keys = project.pullable_envelopes()?;
        (project.genesis().encode(), project.summary().name, keys, project.store().read()?, objects)
    };
    let file = File::create_new(path).map_err(|error| cannot_write(path, &error))?;
    let mut bundle = BundleWriter::new(BufWriter::new(file), &genesis).map_err(|error| bundle_failure(path, &error))?;
    let total = (keys.len() + objects.len()) as u64;
    let mut done = 0u64;
    for key in &keys {
        reporter.check()?;
        if let Some(bytes) = reader.envelope(key)? {
            bundle.envelope(&bytes).map_err(|error| bundle_failure(path, &error))?;
        }
        done += 1;
        reporter.progress(&name, done, total);
    }
    let mut written = 0u64;
    for object in &objects {
        reporter.check()?;
        // What this device does not have it cannot give; the other side asks again when it meets somebody who does.
        if let Some(bytes) = vault.get(object)? {
            bundle.object(object, &bytes).map_err(|error| bundle_failure(path, &error))?;
            written += 1;
        }
        done += 1;
        reporter.progress(&name, done, total);
    }
    let mut file = bundle.finish().map_err(|error| bundle_failure(path, &error))?;
    file.flush().map_err(|error| cannot_write(path, &error))?;
    file.get_ref().sync_all().map_err(|error| cannot_write(path, &error))?;
    Ok(Answer::Bundle { project: name, envelopes: keys.len() as u64, objects: written, joined: true })
}

pub(super) async fn import(engine: &Engine, input: PathBuf, reporter: &Reporter) -> Result<Answer, Failure> {
    engine.with_home(|home| home.required_identity().map(|_| ())).await?;
    // Read to its end first: a bundle that is cut short changes nothing.
    let (path, watched) = (input.clone(), reporter.clone());
    let genesis = blocking(move || verify(&path, &watched)).await?;
    let id = genesis.project_id();
    let project = engine.project_by_id(&id).ok_or_else(|| {
        Failure::new(FailureKind::NotAllowed, "this bundle is of a project that this device has no ticket for")
            .hint("ask a member of the project for a ticket, run `enginus join TICKET`, then import the bundle again")
    })?;
    let (vault, reporter, taken) = (engine.inner().vault.clone(), reporter.clone(), project.clone());
    let (envelopes, objects) = blocking(move || read(&taken, &vault, &input, &reporter)).await?;
    network::after_arrival(engine, &project).await?;
    engine
        .with_project(&project, move |project| {
            Ok(Answer::Bundle { project: project.summary().name, envelopes, objects, joined: project.is_active() })
        })
        .await
}

fn open(path: &Path) -> Result<BundleReader<BufReader<File>>, Failure> {
    let file = File::open(path).map_err(|error| {
        Failure::new(FailureKind::BadInput, format!("the bundle {} cannot be read: {error}", path.display()))
            .hint("check the path")
    })?;
    BundleReader::new(BufReader::new(file)).map_err(|error| bundle_failure(path, &error))
}

fn verify(path: &Path, reporter: &Reporter) -> Result<Genesis, Failure> {
    let mut reader = open(path)?;
    let genesis = Genesis::decode(reader.genesis())
        .map_err(|error| Failure::new(FailureKind::BadInput, format!("{}: {error}", path.display())))?;
    let mut records = 0u64;
    while reader.next().map_err(|error| bundle_failure(path, &error))?.is_some() {
        reporter.check()?;
        records += 1;
        reporter.progress("checking the bundle", records, 0);
    }
    Ok(genesis)
}

fn read(project: &SharedProject, vault: &Vault, path: &Path, reporter: &Reporter) -> Result<(u64, u64), Failure> {
    let mut reader = open(path)?;
    let (mut envelopes, mut objects) = (0u64, 0u64);
    let (mut batch, mut bytes_waiting) = (Vec::new(), 0usize);
    loop {
        reporter.check()?;
        let record = reader.next().map_err(|error| bundle_failure(path, &error))?;
        match &record {
            Some(Record::Envelope(bytes)) => {
                bytes_waiting += bytes.len();
                batch.push(bytes.clone());
            }
            Some(Record::Object { name, bytes }) if !vault.has(name) => {
                vault.put(name, bytes)?;
                objects += 1;
            }
            Some(Record::Object { .. }) | None => {}
        }
        if !batch.is_empty() && (record.is_none() || batch.len() >= INTAKE || bytes_waiting >= INTAKE_BYTES) {
            envelopes += lock(project).receive(&batch)?.new;
            batch.clear();
            bytes_waiting = 0;
        }
        reporter.progress("taking the bundle in", envelopes, 0);
        if record.is_none() {
            return Ok((envelopes, objects));
        }
    }
}

fn bundle_failure(path: &Path, error: &BundleError) -> Failure {
    Failure::new(FailureKind::BadInput, format!("{}: {error}", path.display()))
        .hint("copy the bundle again, or have it exported again; nothing was lost")
}
