//! Identity and projects.

use enginus_model::{Language, Template};

use enginus_model::{DeviceId, DomainId};
use enginus_net::RelayAddress;
use enginus_vault::BucketOptions;

use super::session::free_port;
use crate::Engine;
use crate::api::{Answer, Failure, FailureKind, ProjectInfo, Selector};
use crate::engine::{blocking, lock, place};
use crate::home::Profile;
use crate::project::{NewProject, Project, RELAYS_MAX};

/// Characters a person's or a project's name may have.
const NAME_CHARS_MAX: usize = 200;

pub(super) async fn init(
    engine: &Engine,
    name: String,
    organisation: Option<String>,
    email: Option<String>,
) -> Result<Answer, Failure> {
    let name = checked_name(&name, "your name")?;
    let info = engine
        .with_home(move |home| {
            home.create_identity(Profile { name, organisation, email, port: free_port()? })?;
            Ok(home.info())
        })
        .await?;
    Ok(Answer::Identity(info))
}

pub(super) fn checked_name(name: &str, what: &str) -> Result<String, Failure> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Failure::new(
            FailureKind::Invalid,
            format!("{what} must have 1 to {NAME_CHARS_MAX} characters and no control characters"),
        ));
    }
    Ok(name.to_owned())
}

pub(super) async fn create(
    engine: &Engine,
    name: String,
    template: String,
    (buckets, relays): (Vec<String>, Vec<String>),
    language: String,
) -> Result<Answer, Failure> {
    let name = checked_name(&name, "a project's name")?;
    let template = Template::builtin(&template).ok_or_else(|| {
        let mut failure = Failure::new(FailureKind::NotFound, format!("there is no template \"{template}\""));
        failure.candidates = Template::all().iter().map(|template| template.id.clone()).collect();
        failure.hint("use one of the templates")
    })?;
    let language = Language::parse(&language)
        .ok_or_else(|| Failure::new(FailureKind::Invalid, format!("a project speaks en or tr, not \"{language}\"")))?;
    if engine.home().projects.iter().any(|project| project.name == name) {
        return Err(Failure::new(FailureKind::Conflict, format!("this device already has a project \"{name}\""))
            .hint("give it another name"));
    }
    let (identity, profile) = engine.with_home(|home| home.required_identity().cloned()).await?;
    let genesis = Project::new_genesis(identity.person.public());
    let id = genesis.project_id();
    let relays = relays.iter().map(|text| read_relay(text)).collect::<Result<Vec<String>, Failure>>()?;
    // The bucket is tried before anything is kept, so that a wrong address costs nothing.
    for url in &buckets {
        enginus_vault::Bucket::create(url, id, &genesis.encode(), &BucketOptions::from_environment()).await?;
    }
    let new = NewProject { name, template, language, buckets, relays };
    let project = engine
        .with_home(move |home| {
            let place = place(home, id, identity)?;
            Project::create(place, &genesis, &new, &profile, &home.device_name())
        })
        .await?;
    let project = engine.insert_project(id, project);
    info(engine, &project).await
}

/// A relay's address in its one spelling.
fn read_relay(text: &str) -> Result<String, Failure> {
    let read = text.parse::<RelayAddress>().map_err(|error| {
        Failure::new(FailureKind::Invalid, format!("\"{text}\" is no relay's address: {error}"))
            .hint("use the address that the relay's operator gave: relay://KEY@HOST:PORT")
    })?;
    Ok(read.to_string())
}

/// Has the project use a relay from now on, or no longer.
pub(super) async fn relay(engine: &Engine, project: &Selector, address: String, used: bool) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    engine
        .with_project(&project, move |project| {
            let known = &project.settings().relays;
            let address = match read_relay(&address) {
                // Whoever takes one away may name its host alone, where that is enough.
                Err(failure) if !used => one_relay(known, &address).ok_or(failure)?,
                read => read?,
            };
            if known.contains(&address) == used {
                if used {
                    return Ok(());
                }
                let mut failure = Failure::new(FailureKind::NotFound, "the project does not use this relay");
                failure.candidates.clone_from(known);
                return Err(failure);
            }
            if used && known.len() >= RELAYS_MAX {
                return Err(Failure::new(FailureKind::Invalid, format!("a project uses at most {RELAYS_MAX} relays"))
                    .hint("take one away first"));
            }
            let device = address.parse::<RelayAddress>().map(|relay| relay.device);
            let mut entries: Vec<(String, String)> =
                device.iter().flat_map(|device| spellings(known, device)).map(|known| unused(known)).collect();
            entries.retain(|(entry, _)| *entry != format!("relay/{address}"));
            entries.push((format!("relay/{address}"), used.to_string()));
            project.set_entries(DomainId::settings(&project.id()), &entries)
        })
        .await?;
    info(engine, &project).await
}

/// The settings first: otherwise this very device might begin the project there anew as soon as it was let go.
pub(super) async fn erase_relay(engine: &Engine, project: &Selector, address: String) -> Result<Answer, Failure> {
    let found = engine.find_project(project).await?;
    let shared = found.clone();
    let relay = blocking(move || {
        let known = lock(&shared).settings().relays.clone();
        let address = match read_relay(&address) {
            Err(failure) => one_relay(&known, &address).ok_or(failure)?,
            Ok(address) => address,
        };
        address.parse::<RelayAddress>().map_err(|error| Failure::new(FailureKind::Invalid, error.to_string()))
    })
    .await?;
    crate::network::may_erase(&found).await?;
    let device = relay.device;
    engine
        .with_project(&found, move |project| {
            let entries = spellings(&project.settings().relays, &device).map(|known| unused(known)).collect::<Vec<_>>();
            if entries.is_empty() {
                return Ok(());
            }
            project.set_entries(DomainId::settings(&project.id()), &entries)
        })
        .await?;
    let address = relay.to_string();
    crate::network::erase_from_relay(engine, &found, relay).await.map_err(|failure| {
        failure.hint(format!(
            "the project does not use it any more; have it deleted later with its whole address: {address}"
        ))
    })?;
    info(engine, &found).await
}

/// Every way in which the settings write a relay's address: with its code or without, with its web side or without.
fn spellings<'a>(known: &'a [String], relay: &DeviceId) -> impl Iterator<Item = &'a String> {
    let relay = *relay;
    known.iter().filter(move |text| text.parse::<RelayAddress>().is_ok_and(|known| known.device == relay))
}

fn unused(address: &str) -> (String, String) {
    (format!("relay/{address}"), false.to_string())
}

/// The only one of `known` on this host.
fn one_relay(known: &[String], host: &str) -> Option<String> {
    let on_host = |text: &&String| text.parse::<RelayAddress>().is_ok_and(|relay| relay.host == host);
    let mut found = known.iter().filter(on_host);
    found.next().filter(|_| found.next().is_none()).cloned()
}

pub(super) async fn list(engine: &Engine) -> Result<Answer, Failure> {
    engine.with_home(|home| home.required_identity().map(|_| ())).await?;
    let projects = engine.projects();
    let mut summaries =
        blocking(move || Ok(projects.iter().map(|project| lock(project).summary()).collect::<Vec<_>>())).await?;
    summaries.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    Ok(Answer::Projects(summaries))
}

/// A project that is here holds what others may lack: only one that never arrived is forgotten.
pub(super) async fn forget(engine: &Engine, project: &Selector) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    let (id, name, active) = engine
        .with_project(&project, |project| Ok((project.id(), project.summary().name, project.is_active())))
        .await?;
    if active {
        let message = format!("\"{name}\" is here, and may hold work that nobody else has");
        return Err(Failure::new(FailureKind::Conflict, message)
            .hint("only a project that is still on its way can be forgotten"));
    }
    drop(project);
    engine.forget_project(id).await?;
    list(engine).await
}

pub(super) async fn show(engine: &Engine, project: &Selector) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    info(engine, &project).await
}

async fn info(engine: &Engine, project: &crate::engine::SharedProject) -> Result<Answer, Failure> {
    let home = engine.inner().options.home.clone();
    engine
        .with_project(project, move |project| {
            let settings = project.settings();
            let folders = project
                .readable_folders()
                .iter()
                .map(|(domain, view)| {
                    (domain.to_string(), settings.folder_name(domain), view.counts().documents as u64)
                })
                .collect();
            Ok(Answer::Project(Box::new(ProjectInfo {
                summary: project.summary(),
                template: settings.template.as_ref().map_or_else(String::new, |template| template.id.clone()),
                language: settings.language.code().to_owned(),
                folders,
                buckets: settings.buckets.clone(),
                relays: settings.relays.clone(),
                members: project.members().len() as u64,
                home,
            })))
        })
        .await
}
