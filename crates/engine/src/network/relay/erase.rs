//! Having a relay let go of a project.

use std::time::Duration;

use enginus_net::{MailboxFrame, Notice, RelayAddress, Standing, StreamKind};
use tokio::time::timeout;

use super::super::place::Place;
use super::{greet, refusal};
use crate::api::{Failure, FailureKind};
use crate::engine::{Engine, SharedProject, blocking, lock};

/// How long a relay may take over a large project.
const ERASED: Duration = Duration::from_secs(120);

/// Whether a relay would listen: only a device of the owner is listened to.
pub(crate) async fn may_erase(project: &SharedProject) -> Result<(), Failure> {
    let shared = project.clone();
    blocking(move || {
        let project = lock(&shared);
        if project.genesis().owner_id() != project.identity().person.person_id() {
            return Err(Failure::new(
                FailureKind::NotAllowed,
                "only the project's owner has a relay delete what it keeps",
            )
            .hint("take the relay away; its operator can delete what it keeps"));
        }
        Ok(())
    })
    .await
}

/// Has the relay delete everything it keeps of the project.
pub(crate) async fn erase(engine: &Engine, project: &SharedProject, relay: RelayAddress) -> Result<(), Failure> {
    let (shared, address) = (project.clone(), relay.clone());
    let hello = blocking(move || lock(&shared).relay_hello(&address)).await?;
    let network = engine.network().await?;
    let unreachable = |why: String| Failure::new(FailureKind::Unreachable, why);
    let place = Place::Relay(relay.clone());
    let peer = network.connect(relay.device, &place).await.map_err(unreachable)?;
    let lost = |error: enginus_net::StreamError| Failure::new(FailureKind::Unreachable, error.to_string());
    let mut stream = peer.open(StreamKind::Sync).await.map_err(lost)?;
    match greet(&mut stream, &hello).await?.standing {
        Standing::Member => {}
        Standing::Unknown | Standing::Former => return Err(refusal(Notice::Standing(Standing::Unknown))),
    }
    stream.send(&MailboxFrame::Erase.encode()).await.map_err(lost)?;
    let answer = async {
        loop {
            match stream.recv().await.map_err(lost)?.map(MailboxFrame::decode) {
                Some(Some(MailboxFrame::Notice(Notice::LetGo))) => return Ok(()),
                Some(Some(MailboxFrame::Notice(Notice::Standing(_)))) => {}
                Some(Some(MailboxFrame::Notice(notice))) => return Err(refusal(notice)),
                // The exchange has begun meanwhile.
                Some(_) => {}
                None => return Err(unreachable("the connection was lost".to_owned())),
            }
        }
    };
    let answered = timeout(ERASED, answer).await;
    answered.map_err(|_| unreachable("the relay did not answer in time".to_owned()))?
}
