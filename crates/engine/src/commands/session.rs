//! The person at this device: passphrase, lock, the 24 words, devices, and getting everything back.

use enginus_access::Contact;

use super::projects::checked_name;
use super::{devices, recover};
use crate::Engine;
use crate::api::{Answer, Failure, FailureKind, Secret, SessionAnswer, SessionCommand};
use crate::home::{NewPassphrase, Profile, choose_port};
use crate::running::Reporter;

/// Carries a command about keys and devices out.
pub(super) async fn carry_out(
    engine: &Engine,
    command: SessionCommand,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let answer = match command {
        SessionCommand::State => state(engine).await,
        SessionCommand::Phrase { passphrase } => phrase(engine, passphrase).await,
        SessionCommand::ConfirmPhrase { words } => {
            engine.with_home(move |home| home.confirm_phrase(&words)).await?;
            state(engine).await
        }
        SessionCommand::Recover { phrase, name, organisation, email } => {
            bring_back(engine, phrase, name, organisation, email).await
        }
        SessionCommand::SetPassphrase { old, new, memory_kib } => {
            let wanted = NewPassphrase { old, new, memory_kib };
            engine.with_home(move |home| home.set_passphrase(&wanted)).await?;
            state(engine).await
        }
        SessionCommand::UseKeyring { passphrase } => {
            engine.with_home(move |home| home.use_keyring(passphrase.as_ref())).await?;
            state(engine).await
        }
        SessionCommand::Lock => {
            engine.lock_now().await?;
            state(engine).await
        }
        SessionCommand::Unlock { passphrase } => {
            engine.unlock(passphrase).await?;
            state(engine).await
        }
        SessionCommand::SetAutoLock { minutes } => {
            engine.with_home(move |home| home.set_auto_lock(minutes)).await?;
            state(engine).await
        }
        SessionCommand::Contact => contact(engine).await,
        SessionCommand::DeviceAdd => devices::add(engine, reporter).await,
        SessionCommand::DeviceJoin { code, device_name, wait_ms } => {
            let device_name = device_name.map(|name| checked_name(&name, "a device's name")).transpose()?;
            devices::join(engine, code, device_name, wait_ms, reporter).await
        }
        SessionCommand::DeviceList => devices::list(engine).await,
        SessionCommand::DeviceRemove { device, reason } => devices::remove(engine, &device, reason).await,
        SessionCommand::ProjectRecover { from, wait_ms } => recover::recover(engine, &from, wait_ms, reporter).await,
    };
    answer.map(Answer::Session)
}

async fn state(engine: &Engine) -> Result<SessionAnswer, Failure> {
    engine.with_home(|home| Ok(SessionAnswer::State(home.session()))).await
}

async fn phrase(engine: &Engine, passphrase: Option<Secret>) -> Result<SessionAnswer, Failure> {
    engine
        .with_home(move |home| {
            let words = home.phrase(passphrase.as_ref())?;
            Ok(SessionAnswer::Phrase { words, confirmed: home.session().phrase_confirmed })
        })
        .await
}

async fn bring_back(
    engine: &Engine,
    phrase: Secret,
    name: String,
    organisation: Option<String>,
    email: Option<String>,
) -> Result<SessionAnswer, Failure> {
    let name = checked_name(&name, "your name")?;
    engine
        .with_home(move |home| {
            home.recover(&phrase, Profile { name, organisation, email, port: free_port()? })?;
            home.required_info().map(SessionAnswer::Recovered)
        })
        .await
}

/// A port for this device to keep.
pub(super) fn free_port() -> Result<u16, Failure> {
    choose_port().map_err(|error| {
        Failure::new(FailureKind::Storage, format!("no UDP port can be opened on this machine: {error}"))
    })
}

async fn contact(engine: &Engine) -> Result<SessionAnswer, Failure> {
    engine
        .with_home(|home| {
            let (keys, profile) = home.required_identity()?;
            let organisation = profile.organisation.as_deref().unwrap_or_default();
            let card = Contact::new(keys.person.public(), &profile.name, organisation);
            Ok(SessionAnswer::Contact(card.to_string()))
        })
        .await
}
