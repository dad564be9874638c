//! This person's devices: letting one in, listing and removing them.

use std::collections::BTreeMap;
use std::time::Duration;

use enginus_access::{SignedStatement, Statement};
use enginus_model::{DeviceId, ProjectId, fold};

use crate::Engine;
use crate::api::{DeviceInfo, Failure, FailureKind, JoinState, Secret, SessionAnswer};
use crate::engine::{SharedProject, blocking, lock};
use crate::network::{self, JoinEnd};
use crate::pairing;
use crate::running::Reporter;

/// Characters of a key's start that name a device.
const KEY_START_MIN: usize = 4;

pub(super) async fn add(engine: &Engine, reporter: &Reporter) -> Result<SessionAnswer, Failure> {
    pairing::add(engine, reporter).await.map(SessionAnswer::DeviceAdded)
}

pub(super) async fn join(
    engine: &Engine,
    code: Secret,
    device_name: Option<String>,
    wait_ms: u64,
    reporter: &Reporter,
) -> Result<SessionAnswer, Failure> {
    let ids = pairing::join(engine, &code, device_name, reporter).await?;
    engine.refresh().await?;
    let projects = arrive(engine, &ids, Duration::from_millis(wait_ms), reporter).await?;
    let identity = engine.with_home(|home| home.required_info()).await?;
    Ok(SessionAnswer::DeviceJoined { identity, projects })
}

/// Waits for projects that are on their way, one after the other within the same time.
pub(super) async fn arrive(
    engine: &Engine,
    ids: &[ProjectId],
    wait: Duration,
    reporter: &Reporter,
) -> Result<Vec<JoinState>, Failure> {
    let deadline = tokio::time::Instant::now() + wait;
    let mut states = Vec::new();
    for id in ids {
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        let end = network::complete_join(engine, *id, left, reporter).await?;
        let Some(project) = engine.project_by_id(id) else { continue };
        let name = blocking(move || Ok(lock(&project).summary().name)).await?;
        let id = *id;
        states.push(match end {
            JoinEnd::Joined => JoinState::Joined { id, name },
            JoinEnd::Nobody => {
                let why = "nobody could be reached; it arrives with the first member, bucket or bundle that brings it";
                JoinState::Pending { id, name, why: why.to_owned() }
            }
            JoinEnd::GivenNothing(why) => JoinState::Pending { id, name, why: why.to_owned() },
        });
    }
    Ok(states)
}

pub(super) async fn list(engine: &Engine) -> Result<SessionAnswer, Failure> {
    devices(engine).await.map(SessionAnswer::Devices)
}

/// A device that was just let in.
pub(crate) async fn device_of(engine: &Engine, certificate: &SignedStatement) -> Result<DeviceInfo, Failure> {
    let Statement::Device(named) = certificate.statement() else {
        return Err(Failure::new(FailureKind::Internal, "this is no certificate of a device"));
    };
    let known = devices(engine).await?.into_iter().find(|device| device.device == named.device_id());
    Ok(known.unwrap_or_else(|| DeviceInfo {
        device: named.device_id(),
        name: named.name.clone(),
        since: Some(named.at),
        is_this: false,
        removed: false,
        projects: Vec::new(),
    }))
}

/// This person's devices over all projects, this one first, then the newest first.
async fn devices(engine: &Engine) -> Result<Vec<DeviceInfo>, Failure> {
    let (this, name) = engine
        .with_home(|home| {
            let (keys, _) = home.required_identity()?;
            Ok((keys.device.device_id(), home.device_name()))
        })
        .await?;
    let projects = engine.projects();
    blocking(move || {
        let mut devices = BTreeMap::new();
        devices.insert(this, info(this, name, None));
        for project in &projects {
            let project = lock(project);
            let summary = project.summary();
            for device in project.own_devices() {
                let id = device.device.device_id();
                let entry = devices.entry(id).or_insert_with(|| info(id, device.name.clone(), None));
                entry.name = device.name;
                entry.since = Some(entry.since.map_or(device.since, |since| since.min(device.since)));
                if device.removed {
                    entry.removed = true;
                } else {
                    entry.projects.push((summary.id, summary.name.clone()));
                }
            }
        }
        let mut devices: Vec<DeviceInfo> = devices.into_values().collect();
        for device in &mut devices {
            device.is_this = device.device == this;
            // Removed where it was, and nowhere else.
            device.removed &= device.projects.is_empty();
        }
        devices.sort_by_key(|device| (!device.is_this, device.removed, std::cmp::Reverse(device.since), device.device));
        Ok(devices)
    })
    .await
}

fn info(device: DeviceId, name: String, since: Option<enginus_model::Instant>) -> DeviceInfo {
    DeviceInfo { device, name, since, is_this: false, removed: false, projects: Vec::new() }
}

pub(super) async fn remove(engine: &Engine, wanted: &str, reason: String) -> Result<SessionAnswer, Failure> {
    if reason.trim().is_empty() {
        return Err(Failure::new(FailureKind::Invalid, "removing a device needs a reason")
            .hint("say why with --reason; it stays in the projects' history"));
    }
    let mut device = choose(devices(engine).await?, wanted)?;
    let mut removed = Vec::new();
    for (id, name) in &device.projects {
        let Some(project) = engine.project_by_id(id) else { continue };
        revoke(engine, &project, device.device, reason.clone()).await?;
        removed.push(name.clone());
    }
    device.projects.clear();
    device.removed = true;
    if let Some(network) = engine.network_if_up().await {
        network.turn_away(device.device);
    }
    Ok(SessionAnswer::DeviceRemoved { device, projects: removed })
}

async fn revoke(engine: &Engine, project: &SharedProject, device: DeviceId, reason: String) -> Result<(), Failure> {
    engine.with_project(project, move |project| project.revoke_device(device, &reason)).await
}

/// The device a person means.
fn choose(devices: Vec<DeviceInfo>, wanted: &str) -> Result<DeviceInfo, Failure> {
    let by_key = |device: &DeviceInfo| wanted.len() >= KEY_START_MIN && device.device.to_string().starts_with(wanted);
    let all: Vec<String> = devices.iter().filter(|device| !device.is_this && !device.removed).map(label).collect();
    let mut fitting: Vec<DeviceInfo> = devices
        .into_iter()
        .filter(|device| !device.removed && (fold(&device.name) == fold(wanted) || by_key(device)))
        .collect();
    match fitting.len() {
        1 if fitting[0].is_this => Err(Failure::new(FailureKind::Invalid, "this is the device you are working on")
            .hint("remove it from another one of yours; whoever manages the project can do it, too")),
        1 => Ok(fitting.remove(0)),
        0 => {
            let mut failure = Failure::new(FailureKind::NotFound, format!("you have no other device \"{wanted}\""));
            failure.candidates = all;
            Err(failure.hint("`enginus device list` shows them"))
        }
        _ => {
            let mut failure = Failure::new(FailureKind::Ambiguous, "several of your devices fit");
            failure.candidates = fitting.iter().map(label).collect();
            Err(failure.hint("give the start of its key"))
        }
    }
}

fn label(device: &DeviceInfo) -> String {
    format!("{} ({})", device.name, device.device.short())
}
