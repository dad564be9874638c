//! Keys, devices and recovery on the command line: verbs, commands, answers.

mod passphrase;
mod verbs;

use enginus_engine::Client;
use enginus_engine::api::{
    Answer, Command, DeviceInfo, Failure, FailureKind, JoinState, LockState, Secret, SessionAnswer, SessionCommand,
    SessionState,
};
use serde_json::json;

pub(crate) use verbs::{
    DeviceVerb, LockArguments, PassphraseVerb, PhraseVerb, ProjectRecoverArguments, RecoverArguments,
};

use crate::args::{ProjectVerb, Verb};
use crate::ask::on;
use crate::commands::{bucket_url, text_or_file};
use crate::show::{joined, json_line, line, note};
use crate::{Call, show};

/// Positions asked for when nobody names any.
const CONFIRMED: [u8; 3] = [4, 11, 19];

/// A verb about keys and devices, carried out on an open client: some need to know how the keys stand first.
pub(crate) enum SessionVerb {
    /// `passphrase …`
    Passphrase(PassphraseVerb),
    /// `phrase …`
    Phrase(Option<PhraseVerb>),
    /// `unlock`
    Unlock,
    /// Everything that is one command.
    Plain(SessionCommand),
}

/// The verb, where it is one about keys and devices.
pub(crate) fn of(call: &Call, verb: Verb) -> Result<Result<SessionVerb, Verb>, Failure> {
    Ok(Ok(match verb {
        Verb::Passphrase(verb) => SessionVerb::Passphrase(verb),
        Verb::Phrase { verb } => SessionVerb::Phrase(verb),
        Verb::Recover(arguments) => SessionVerb::Plain(recover(call, arguments)?),
        Verb::Lock(arguments) => SessionVerb::Plain(lock(&arguments)),
        Verb::Unlock => SessionVerb::Unlock,
        Verb::Device(verb) => SessionVerb::Plain(device(verb)?),
        Verb::Contact => SessionVerb::Plain(SessionCommand::Contact),
        Verb::Project(ProjectVerb::Recover(arguments)) => SessionVerb::Plain(project(arguments)?),
        other => return Ok(Err(other)),
    }))
}

/// Carries a verb out on an open client.
pub(crate) async fn carry_out(call: &Call, client: &Client, verb: SessionVerb) -> Result<Answer, Failure> {
    let command = match verb {
        SessionVerb::Unlock => return unlock(call, client).await,
        SessionVerb::Plain(command) => command,
        SessionVerb::Phrase(Some(PhraseVerb::Confirm { words })) => confirm(call, words)?,
        SessionVerb::Phrase(None) => SessionCommand::Phrase { passphrase: proof(call, client).await? },
        SessionVerb::Passphrase(verb) => {
            let old = proof(call, client).await?;
            match verb {
                PassphraseVerb::Keyring => SessionCommand::UseKeyring { passphrase: old },
                PassphraseVerb::Remove => SessionCommand::SetPassphrase { old, new: None, memory_kib: None },
                PassphraseVerb::Set { new_passphrase_file, memory_kib } => {
                    let new = passphrase::chosen(call, new_passphrase_file.as_deref(), old.is_none())?;
                    SessionCommand::SetPassphrase { old, new: Some(new), memory_kib }
                }
            }
        }
    };
    unlocked(call, client, Command::Session(command)).await
}

/// Runs a command; where the home is locked and the passphrase is at hand, opens it first.
pub(crate) async fn unlocked(call: &Call, client: &Client, command: Command) -> Result<Answer, Failure> {
    match on(call, client, command.clone()).await {
        Err(failure) if failure.kind == FailureKind::Locked => {
            let Some(passphrase) = passphrase::known(call)? else { return Err(failure) };
            on(call, client, Command::Session(SessionCommand::Unlock { passphrase })).await?;
            on(call, client, command).await
        }
        result => result,
    }
}

/// Opens a locked home for whoever serves it.
pub(crate) async fn unlock(call: &Call, client: &Client) -> Result<Answer, Failure> {
    let before = state(call, client).await?;
    if !matches!(before.lock, LockState::Locked { .. }) {
        return Ok(Answer::Session(SessionAnswer::State(before)));
    }
    let passphrase = passphrase::known(call)?.ok_or_else(|| {
        Failure::new(FailureKind::Locked, "this home is locked, and there is no terminal to ask for the passphrase")
            .hint("give --passphrase-file FILE, or set ENGINUS_PASSPHRASE")
    })?;
    on(call, client, Command::Session(SessionCommand::Unlock { passphrase })).await
}

async fn state(call: &Call, client: &Client) -> Result<SessionState, Failure> {
    match on(call, client, Command::Session(SessionCommand::State)).await? {
        Answer::Session(SessionAnswer::State(state)) => Ok(state),
        _ => Err(Failure::new(FailureKind::Internal, "the state of the keys was not told")),
    }
}

/// The passphrase, where one is set.
async fn proof(call: &Call, client: &Client) -> Result<Option<Secret>, Failure> {
    match state(call, client).await?.lock {
        LockState::Unprotected | LockState::InKeyring => Ok(None),
        LockState::Unlocked { .. } | LockState::Locked { .. } => passphrase::known(call),
    }
}

fn confirm(call: &Call, words: Vec<(u8, String)>) -> Result<SessionCommand, Failure> {
    if !words.is_empty() || !passphrase::is_terminal() {
        let words = words.into_iter().map(|(position, word)| (position, Secret::from(word))).collect();
        return Ok(SessionCommand::ConfirmPhrase { words });
    }
    let ask = |position: u8| {
        let prompt = call.texts.say("ask-word", &[("position", u32::from(position).into())]);
        passphrase::typed(&prompt).map(|word| (position, word))
    };
    Ok(SessionCommand::ConfirmPhrase { words: CONFIRMED.into_iter().map(ask).collect::<Result<_, _>>()? })
}

/// `lock`: now, or from when on by itself.
fn lock(arguments: &LockArguments) -> SessionCommand {
    match arguments.after {
        // A time below a minute is a minute: the engine counts in minutes.
        Some(seconds) => {
            let minutes = u32::try_from((seconds + 59) / 60).unwrap_or(u32::MAX).max(1);
            SessionCommand::SetAutoLock { minutes: Some(minutes) }
        }
        None if arguments.never => SessionCommand::SetAutoLock { minutes: None },
        None => SessionCommand::Lock,
    }
}

/// `recover`
fn recover(call: &Call, arguments: RecoverArguments) -> Result<SessionCommand, Failure> {
    let RecoverArguments { name, org, email, phrase_file } = arguments;
    let phrase = passphrase::words(call, phrase_file.as_deref())?;
    Ok(SessionCommand::Recover { phrase, name, organisation: org, email })
}

/// `project recover`
fn project(arguments: ProjectRecoverArguments) -> Result<SessionCommand, Failure> {
    let ProjectRecoverArguments { bucket, ticket, wait } = arguments;
    let from = match (bucket, ticket) {
        (Some(bucket), _) => bucket_url(bucket)?,
        (None, ticket) => text_or_file(ticket.unwrap_or_default())?,
    };
    Ok(SessionCommand::ProjectRecover { from, wait_ms: wait.saturating_mul(1000) })
}

/// `device …`
fn device(verb: DeviceVerb) -> Result<SessionCommand, Failure> {
    Ok(match verb {
        DeviceVerb::Add => SessionCommand::DeviceAdd,
        DeviceVerb::Join { code, name, wait } => SessionCommand::DeviceJoin {
            code: Secret::from(text_or_file(code)?),
            device_name: name,
            wait_ms: wait.saturating_mul(1000),
        },
        DeviceVerb::List => SessionCommand::DeviceList,
        DeviceVerb::Remove { device, reason } => SessionCommand::DeviceRemove { device, reason },
    })
}

/// The code is there; the command waits for whoever brings it.
pub(crate) fn code(call: &Call, code: &Secret, expires: enginus_model::Instant) {
    if call.json {
        line(json!({ "code": code.reveal(), "expires": expires.to_string() }).to_string());
    } else {
        note(call.texts.say("device-code", &[("expires", show::minute(expires).into())]));
        line(code.reveal());
    }
    show::flush();
}

/// An answer as JSON.
pub(crate) fn json_answer(answer: &SessionAnswer) {
    match answer {
        SessionAnswer::State(state) => json_line(&state_json(state)),
        SessionAnswer::Phrase { words, confirmed } => {
            json_line(&json!({ "words": words.reveal().split(' ').collect::<Vec<_>>(), "confirmed": confirmed }));
        }
        SessionAnswer::Recovered(identity) => json_line(identity),
        SessionAnswer::DeviceAdded(device) => json_line(device),
        SessionAnswer::DeviceJoined { identity, projects } => {
            json_line(
                &json!({ "identity": identity, "projects": projects.iter().map(show::join_json).collect::<Vec<_>>() }),
            );
        }
        SessionAnswer::Devices(devices) => json_line(devices),
        SessionAnswer::DeviceRemoved { device, projects } => {
            json_line(&json!({ "device": device, "projects": projects }));
        }
        SessionAnswer::ProjectsRecovered(projects) => {
            json_line(&projects.iter().map(show::join_json).collect::<Vec<_>>());
        }
        SessionAnswer::Contact(card) => json_line(&json!({ "contact": card })),
    }
}

fn state_json(state: &SessionState) -> serde_json::Value {
    let (lock, auto_lock_minutes, wait_until) = match state.lock {
        LockState::Unprotected => ("unprotected", None, None),
        LockState::InKeyring => ("in-keyring", None, None),
        LockState::Unlocked { auto_lock_minutes } => ("unlocked", auto_lock_minutes, None),
        LockState::Locked { wait_until } => ("locked", None, wait_until.map(|until| until.to_string())),
    };
    json!({
        "lock": lock,
        "auto_lock_minutes": auto_lock_minutes,
        "wait_until": wait_until,
        "phrase_confirmed": state.phrase_confirmed,
    })
}

/// An answer as text.
pub(crate) fn text_answer(call: &Call, answer: &SessionAnswer) {
    let texts = &call.texts;
    match answer {
        SessionAnswer::State(state) => state_text(call, state),
        SessionAnswer::Phrase { words, confirmed } => {
            for (word, position) in words.reveal().split(' ').zip(1..) {
                line(format!("{position:>2}. {word}"));
            }
            note(texts.say("phrase-keep", &[]));
            if !confirmed {
                note(texts.say("phrase-unconfirmed", &[]));
            }
        }
        SessionAnswer::Recovered(identity) => {
            show::identity(call, identity);
            note(texts.say("recovered-next", &[]));
        }
        SessionAnswer::DeviceAdded(device) => {
            line(texts.say(
                "device-added",
                &[("name", device.name.clone().into()), ("projects", device.projects.len().into())],
            ))
        }
        SessionAnswer::DeviceJoined { identity, projects } => {
            show::identity(call, identity);
            projects.iter().for_each(|project| joined(texts, project));
        }
        SessionAnswer::Devices(devices) => devices.iter().for_each(|device| device_line(call, device)),
        SessionAnswer::DeviceRemoved { device, projects } => {
            let projects = projects.join(", ");
            line(texts.say("device-removed", &[("name", device.name.clone().into()), ("projects", projects.into())]));
            note(texts.say("device-removed-note", &[]));
        }
        SessionAnswer::ProjectsRecovered(projects) => {
            if projects.is_empty() {
                line(texts.say("recovered-nothing", &[]));
            }
            projects.iter().for_each(|project: &JoinState| joined(texts, project));
        }
        SessionAnswer::Contact(card) => line(card),
    }
}

fn state_text(call: &Call, state: &SessionState) {
    let texts = &call.texts;
    line(match state.lock {
        LockState::Unprotected => texts.say("keys-unprotected", &[]),
        LockState::InKeyring => texts.say("keys-in-keyring", &[]),
        LockState::Unlocked { auto_lock_minutes: None } => texts.say("keys-unlocked", &[]),
        LockState::Unlocked { auto_lock_minutes: Some(minutes) } => {
            texts.say("keys-unlocked-for", &[("minutes", minutes.into())])
        }
        LockState::Locked { .. } => texts.say("keys-locked", &[]),
    });
    if !state.phrase_confirmed {
        note(texts.say("phrase-unconfirmed", &[]));
    }
}

fn device_line(call: &Call, device: &DeviceInfo) {
    let texts = &call.texts;
    let mark = match () {
        () if device.is_this => texts.say("device-this", &[]),
        () if device.removed => texts.say("removed", &[]),
        () => String::new(),
    };
    let since = device.since.map_or_else(String::new, show::minute);
    let projects: Vec<&str> = device.projects.iter().map(|(_, name)| name.as_str()).collect();
    line(format!("{}  {:<24} {since:<16}  {}{mark}", device.device.short(), device.name, projects.join(", ")));
}
