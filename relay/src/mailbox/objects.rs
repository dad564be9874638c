//! Sealed objects: given to whoever asks for one by its name and is of the project, taken within the project's quota.

use std::sync::Arc;

use enginus_access::Listed;
use enginus_model::{DeviceId, ProjectId};
use enginus_net::{
    Answer, DepositQuestion, FrameStream, ObjectQuestion, StreamError, answer_deposit, answer_object, deposited,
    next_deposit, next_object_request, proof_of,
};

use super::project::Open;
use super::{Happened, Mailbox, told};
use crate::storage::StorageError;

/// Answers a device that asks for objects, until it asks no more.
pub(super) async fn give(mailbox: &Arc<Mailbox>, device: DeviceId, relay: DeviceId, stream: FrameStream) {
    let (mut sender, mut receiver) = stream.split();
    loop {
        let question = tokio::select! {
            () = mailbox.stop.cancelled() => break,
            question = next_object_request(&mut receiver) => question,
        };
        let Some(question) = understood(mailbox, question).flatten() else { break };
        let found = find(mailbox, &device, &question).await;
        let answer = match (&found, question.proof) {
            (Some(bytes), Some(key)) => Some(proof_of(&key, &relay, bytes).as_bytes().to_vec()),
            _ => found,
        };
        if answer_object(&mut sender, answer.as_deref()).await.is_err() {
            break;
        }
        if let Some(bytes) = answer {
            mailbox.meter.happened(Happened::ObjectGiven { bytes: bytes.len() as u64 });
        }
    }
    sender.finish().await;
}

async fn find(mailbox: &Arc<Mailbox>, device: &DeviceId, asked: &ObjectQuestion) -> Option<Vec<u8>> {
    members_project(mailbox, device, &asked.project)?;
    match mailbox.storage.object(asked.project, asked.name).await {
        Ok(found) => found,
        Err(error) => {
            told(&error);
            None
        }
    }
}

/// What a device said; what is not the protocol is counted, and the stream is to end.
fn understood<T>(mailbox: &Mailbox, said: Result<T, StreamError>) -> Option<T> {
    if let Err(StreamError::Protocol(_) | StreamError::TooLong { .. }) = &said {
        mailbox.meter.happened(Happened::TurnedAway("not_understood"));
    }
    said.ok()
}

/// The project, where it has a session and the device is a member's.
fn members_project(mailbox: &Arc<Mailbox>, device: &DeviceId, project: &ProjectId) -> Option<Arc<Open>> {
    let open = mailbox.is_open(project)?;
    if open.list().listed(device, crate::clock::now()) != Listed::Member {
        mailbox.meter.happened(Happened::TurnedAway("unknown"));
        return None;
    }
    Some(open)
}

/// Takes what a device deposits, until it ends the stream.
pub(super) async fn take(mailbox: &Arc<Mailbox>, device: DeviceId, stream: FrameStream) {
    let (mut sender, mut receiver) = stream.split();
    loop {
        let question = tokio::select! {
            () = mailbox.stop.cancelled() => break,
            question = next_deposit(&mut receiver) => question,
        };
        let Some(asked) = understood(mailbox, question).flatten() else { break };
        let mut answer = place_for(mailbox, &device, &asked).await;
        if answer == Answer::Send {
            if answer_deposit(&mut sender, Answer::Send).await.is_err() {
                break;
            }
            let Some(object) = understood(mailbox, deposited(&mut receiver, &asked).await) else { break };
            answer = keep(mailbox, &asked, object).await;
        }
        if answer_deposit(&mut sender, answer).await.is_err() {
            break;
        }
    }
    sender.finish().await;
}

async fn place_for(mailbox: &Arc<Mailbox>, device: &DeviceId, asked: &DepositQuestion) -> Answer {
    let Some(open) = members_project(mailbox, device, &asked.project) else { return Answer::Refused };
    if mailbox.limits.object_bytes == 0 {
        return Answer::Refused;
    }
    match mailbox.storage.object(asked.project, asked.name).await {
        Ok(Some(_)) => return Answer::Kept,
        Ok(None) => {}
        Err(error) => return refused(&error),
    }
    match open.view.usage() {
        Ok(usage) if usage.object_bytes.saturating_add(asked.bytes as u64) <= mailbox.limits.object_bytes => {
            Answer::Send
        }
        Ok(_) => {
            mailbox.meter.happened(Happened::QuotaReached("object_bytes"));
            Answer::Full
        }
        Err(error) => refused(&error),
    }
}

async fn keep(mailbox: &Arc<Mailbox>, asked: &DepositQuestion, object: Vec<u8>) -> Answer {
    let bytes = object.len() as u64;
    match mailbox.storage.put_object(asked.project, asked.name, object).await {
        Ok(()) => {
            mailbox.meter.happened(Happened::ObjectTaken { bytes });
            Answer::Kept
        }
        Err(error) => refused(&error),
    }
}

fn refused(error: &StorageError) -> Answer {
    told(error);
    match error {
        StorageError::Full(_) => Answer::Full,
        _ => Answer::Refused,
    }
}
