//! Giving other devices the objects they ask for and may have, or the proof that they are here.

use std::sync::Arc;

use enginus_model::DeviceId;
use enginus_net::{FrameStream, ObjectQuestion, answer_object, next_object_request, proof_of};
use enginus_vault::CacheError;

use super::Network;
use crate::engine::{blocking, lock};

/// Answers one device until it asks no more.
pub(super) async fn serve(network: Arc<Network>, device: DeviceId, stream: FrameStream) {
    let (mut sender, mut receiver) = stream.split();
    let stop = network.stopping();
    loop {
        let question = tokio::select! {
            () = stop.cancelled() => break,
            question = next_object_request(&mut receiver) => question,
        };
        let Ok(Some(question)) = question else { break };
        let answer = find(&network, device, question).await;
        if answer_object(&mut sender, answer.as_deref()).await.is_err() {
            break;
        }
        if answer.is_some()
            && question.proof.is_none()
            && let Some(state) = network.session_state(question.project, device)
        {
            state.update(|status| status.traffic.objects_sent += 1);
        }
    }
    sender.finish().await;
}

async fn find(network: &Arc<Network>, device: DeviceId, question: ObjectQuestion) -> Option<Vec<u8>> {
    let project = network.engine.project_by_id(&question.project)?;
    let (vault, own) = (network.engine.inner().vault.clone(), network.device);
    let found = blocking(move || {
        if !lock(&project).may_give(&device, &question.name)? {
            return Ok(None);
        }
        Ok(Some(vault.get(&question.name)))
    });
    match found.await {
        Ok(Some(Ok(Some(bytes)))) => {
            Some(question.proof.map_or_else(|| bytes.clone(), |key| proof_of(&key, &own, &bytes).as_bytes().to_vec()))
        }
        // It was here, or this device would not know it.
        Ok(Some(Ok(None) | Err(CacheError::Damaged { .. }))) => {
            network.doubt_files(question.project);
            None
        }
        Ok(None) => None,
        Ok(Some(Err(error))) => {
            tracing::warn!("an object could not be given: {error}");
            None
        }
        Err(failure) => {
            tracing::warn!("an object could not be given: {failure}");
            None
        }
    }
}
