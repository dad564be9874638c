//! Proof that another device has files that are here too. It is asked for the hash of each object, keyed with random bytes that it could
//! not know before; only who has the object whole can answer. That it says of itself to have its files proves nothing.

use std::sync::Arc;

use enginus_model::{DeviceId, ProjectId};
use enginus_net::{ObjectRequests, Peer, StreamError, proof_of};
use tokio::time::timeout;

use super::Network;
use super::sources::OBJECT_PATIENCE;
use crate::ambient;
use crate::api::Failure;
use crate::engine::{SharedProject, blocking, lock};
use crate::project::HeldFile;

/// Files whose proofs are written down together.
const PROVED_AT_ONCE: usize = 64;

/// Asks a device to prove that it has the files it keeps, unless it is being asked.
pub(super) fn look(network: &Arc<Network>, project: &SharedProject, id: ProjectId, device: DeviceId) {
    let Some(peer) = lock(&network.connections).peers.get(&device).cloned() else { return };
    if !lock(&network.proving).insert((id, device)) {
        return;
    }
    let (network, project) = (network.clone(), project.clone());
    network.tasks.clone().spawn(async move {
        let stop = network.stopping();
        tokio::select! {
            () = stop.cancelled() => {}
            asked = ask(&network, &project, id, &peer) => if let Err(failure) = asked {
                tracing::warn!("whether device {} has its files could not be asked: {failure}", device.short());
            },
        }
        lock(&network.proving).remove(&(id, device));
    });
}

async fn ask(network: &Arc<Network>, project: &SharedProject, id: ProjectId, peer: &Peer) -> Result<(), Failure> {
    let device = peer.device();
    let shared = project.clone();
    let files = blocking(move || Ok(lock(&shared).unproved_files(&device))).await?;
    if files.is_empty() {
        return Ok(());
    }
    let Ok(mut requests) = ObjectRequests::open(peer).await else { return Ok(()) };
    for files in files.chunks(PROVED_AT_ONCE) {
        let (mut proved, mut broken) = (Vec::new(), false);
        for file in files {
            match has(network, id, &mut requests, &device, file).await {
                Ok(true) => proved.push(file.manifest.object),
                Ok(false) => {}
                Err(error) => {
                    tracing::debug!("device {} stopped proving what it has: {error}", device.short());
                    broken = true;
                    break;
                }
            }
        }
        let shared = project.clone();
        blocking(move || lock(&shared).mark_proved(&proved)).await?;
        network.project_changed();
        if broken {
            break;
        }
    }
    Ok(())
}

/// Whether a device has every object of a file.
pub(super) async fn has(
    network: &Arc<Network>,
    id: ProjectId,
    requests: &mut ObjectRequests,
    device: &DeviceId,
    file: &HeldFile,
) -> Result<bool, StreamError> {
    let vault = network.engine.inner().vault.clone();
    let (reading, file) = (vault.clone(), file.clone());
    let objects = blocking(move || Ok(reading.objects_of(&file.manifest, &file.secret)?)).await;
    let Ok(objects) = objects else {
        network.doubt_files(id);
        return Ok(false);
    };
    for object in objects {
        let key = ambient::random();
        let asked = timeout(OBJECT_PATIENCE, requests.prove(&id, &object.name, key)).await;
        let asked = asked.map_err(|_| StreamError::Stalled { seconds: OBJECT_PATIENCE.as_secs() })?;
        let Some(answer) = asked? else { return Ok(false) };
        let reading = vault.clone();
        let own = blocking(move || Ok(reading.get(&object.name)?)).await;
        let Ok(Some(bytes)) = own else {
            network.doubt_files(id);
            return Ok(false);
        };
        if proof_of(&key, device, &bytes) != answer {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_of_one_object_by_one_device_for_one_question() {
        let (key, device) = ([1; 32], DeviceId([2; 32]));
        let right = proof_of(&key, &device, b"sealed");
        assert_eq!(right, proof_of(&key, &device, b"sealed"));
        for wrong in [
            proof_of(&[9; 32], &device, b"sealed"),
            proof_of(&key, &DeviceId([9; 32]), b"sealed"),
            proof_of(&key, &device, b"Sealed"),
            Hash::of(b"sealed"),
        ] {
            assert_ne!(right, wrong);
        }
    }
}
