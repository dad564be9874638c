//! Giving a relay the sealed files that it is to keep for others. A file counts as there once the relay has proved it.

use std::collections::BTreeSet;
use std::sync::Arc;

use enginus_model::{DeviceId, Hash, ProjectId};
use enginus_net::{Answer, Deposits, ObjectRequests, Peer, proof_of};
use enginus_store::Batch;

use super::super::sessions::SessionState;
use super::super::{Network, proofs};
use crate::ambient;
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, blocking, lock};
use crate::project::{HeldFile, Project};

/// Record kind of a file that a relay has proved to keep: key = relay, then manifest.
const DEPOSIT_RECORD: u8 = 8;
const VERSION: u8 = 1;
/// Files of which a relay that is known to keep them is asked again at the beginning of a session, picked at random: a relay may have lost
/// its disk, or let go what nobody asked for.
const ASKED_AGAIN: usize = 16;
/// Files that are written down together.
const WRITTEN_AT_ONCE: usize = 16;

impl Project {
    /// The files that are here and of which it is not known that the relay keeps them.
    fn undeposited_files(&self, relay: &DeviceId) -> Result<Vec<HeldFile>, Failure> {
        let kept = self.store().read()?.records(DEPOSIT_RECORD)?;
        let kept: BTreeSet<Vec<u8>> = kept.into_iter().map(|(key, _)| key).collect();
        let mut files = self.files_here();
        files.retain(|file| !kept.contains(&key(relay, &file.manifest.object)));
        Ok(files)
    }

    /// Some of the files that the relay is known to keep.
    fn some_deposited(&self, relay: &DeviceId) -> Result<Vec<HeldFile>, Failure> {
        let lacking: BTreeSet<Hash> =
            self.undeposited_files(relay)?.into_iter().map(|file| file.manifest.object).collect();
        let mut files = self.files_here();
        files.retain(|file| !lacking.contains(&file.manifest.object));
        let seed = ambient::random();
        files.sort_by_cached_key(|file| proof_of(&seed, relay, file.manifest.object.as_bytes()));
        files.truncate(ASKED_AGAIN);
        Ok(files)
    }

    /// The relay has not what it had: all of it is in doubt.
    fn forget_deposits(&mut self, relay: &DeviceId) -> Result<(), Failure> {
        let mut batch = Batch::new();
        for (key, _) in self.store().read()?.records(DEPOSIT_RECORD)? {
            if key.starts_with(relay.as_bytes()) {
                batch.del_record(DEPOSIT_RECORD, &key);
            }
        }
        self.store().commit(batch)?;
        Ok(())
    }

    fn mark_deposited(&mut self, relay: &DeviceId, manifests: &[Hash]) -> Result<(), Failure> {
        if manifests.is_empty() {
            return Ok(());
        }
        let mut batch = Batch::new();
        for manifest in manifests {
            batch.put_record(DEPOSIT_RECORD, &key(relay, manifest), &[VERSION]);
        }
        self.store().commit(batch)?;
        self.mark_proved(manifests)
    }
}

fn key(relay: &DeviceId, manifest: &Hash) -> Vec<u8> {
    [relay.as_bytes().as_slice(), manifest.as_bytes()].concat()
}

/// Gives the relay what it lacks of this device's files, unless that is going on.
pub(in crate::network) fn look(
    network: &Arc<Network>,
    project: &SharedProject,
    id: ProjectId,
    relay: DeviceId,
    state: &Arc<SessionState>,
) {
    let Some(peer) = lock(&network.connections).peers.get(&relay).cloned() else { return };
    if !lock(&network.proving).insert((id, relay)) {
        return;
    }
    let (network, project, state) = (network.clone(), project.clone(), state.clone());
    let first = !state.status().peer_has_files;
    network.tasks.clone().spawn(async move {
        let stop = network.stopping();
        tokio::select! {
            () = stop.cancelled() => {}
            given = give_all(&network, &project, id, &peer, first) => match given {
                Ok(()) => state.update(|status| status.peer_has_files = true),
                Err(failure) => {
                    tracing::warn!("files could not be given to the relay: {failure}");
                    state.update(|status| status.problem = Some(failure.to_string()));
                    network.show_relay_problem(id, relay, Some(failure.to_string()));
                }
            },
        }
        lock(&network.proving).remove(&(id, relay));
    });
}

/// Until there is nothing more to give: more may come while it is being given.
async fn give_all(
    network: &Arc<Network>,
    project: &SharedProject,
    id: ProjectId,
    peer: &Peer,
    first: bool,
) -> Result<(), Failure> {
    if first {
        ask_again(network, project, id, peer).await?;
    }
    loop {
        let (shared, relay) = (project.clone(), peer.device());
        let files = blocking(move || lock(&shared).undeposited_files(&relay)).await?;
        if files.is_empty() {
            return Ok(());
        }
        let mut requests = ObjectRequests::open(peer).await.map_err(lost)?;
        let mut deposits = Deposits::open(peer).await.map_err(lost)?;
        for files in files.chunks(WRITTEN_AT_ONCE) {
            let mut kept = Vec::new();
            let mut failed = None;
            for file in files {
                match give(network, id, (&mut requests, &mut deposits), &relay, file).await {
                    Ok(()) => kept.push(file.manifest.object),
                    Err(failure) => {
                        failed = Some(failure);
                        break;
                    }
                }
            }
            let shared = project.clone();
            blocking(move || lock(&shared).mark_deposited(&relay, &kept)).await?;
            network.project_changed();
            if let Some(failure) = failed {
                return Err(failure);
            }
        }
    }
}

/// Asks the relay to prove some of what it is known to keep; where it cannot, everything is given again that it cannot prove.
async fn ask_again(network: &Arc<Network>, project: &SharedProject, id: ProjectId, peer: &Peer) -> Result<(), Failure> {
    let (shared, relay) = (project.clone(), peer.device());
    let files = blocking(move || lock(&shared).some_deposited(&relay)).await?;
    if files.is_empty() {
        return Ok(());
    }
    let mut requests = ObjectRequests::open(peer).await.map_err(lost)?;
    for file in files {
        if !proofs::has(network, id, &mut requests, &relay, &file).await.map_err(lost)? {
            tracing::warn!("the relay has lost files that it kept; they are given to it again");
            let shared = project.clone();
            return blocking(move || lock(&shared).forget_deposits(&relay)).await;
        }
    }
    Ok(())
}

/// Gives one file, unless the relay proves that it has it.
async fn give(
    network: &Arc<Network>,
    id: ProjectId,
    (requests, deposits): (&mut ObjectRequests, &mut Deposits),
    relay: &DeviceId,
    file: &HeldFile,
) -> Result<(), Failure> {
    if proofs::has(network, id, requests, relay, file).await.map_err(lost)? {
        return Ok(());
    }
    let (vault, held) = (network.engine.inner().vault.clone(), file.clone());
    let objects = blocking(move || Ok(vault.objects_of(&held.manifest, &held.secret)?)).await?;
    for object in objects {
        let vault = network.engine.inner().vault.clone();
        let bytes = blocking(move || Ok(vault.get(&object.name)?)).await?;
        let Some(bytes) = bytes else {
            network.doubt_files(id);
            return Err(Failure::new(FailureKind::Storage, "a part of a file is not on this device any more"));
        };
        match deposits.put(&id, &object.name, &bytes).await.map_err(lost)? {
            Answer::Kept => {}
            Answer::Full => {
                return Err(Failure::new(FailureKind::Unreachable, "there is no room for more files on the relay"));
            }
            Answer::Send | Answer::Refused => {
                return Err(Failure::new(FailureKind::Unreachable, "the relay does not take this device's files"));
            }
        }
    }
    if proofs::has(network, id, requests, relay, file).await.map_err(lost)? {
        Ok(())
    } else {
        Err(Failure::new(FailureKind::Unreachable, "the relay took a file and cannot prove that it keeps it"))
    }
}

fn lost(error: enginus_net::StreamError) -> Failure {
    Failure::new(FailureKind::Unreachable, error.to_string())
}
