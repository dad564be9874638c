//! The person at this device: passphrase, lock, the 24 words, devices, and getting everything back.

use crate::Engine;
use crate::api::{Answer, Failure, FailureKind, SessionAnswer, SessionCommand};
use crate::running::Reporter;

/// Carries a command about keys and devices out.
pub(super) async fn carry_out(
    engine: &Engine,
    command: SessionCommand,
    _reporter: &Reporter,
) -> Result<Answer, Failure> {
    match command {
        SessionCommand::State => Ok(Answer::Session(SessionAnswer::State(engine.home().session))),
        _ => Err(Failure::new(FailureKind::Internal, "this program cannot do that yet")),
    }
}
