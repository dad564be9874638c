//! Inviting, joining and listing members.

use std::time::Duration;

use enginus_access::{Ticket, TicketDraft, expand_role};
use enginus_model::DomainId;

use crate::Engine;
use crate::ambient;
use crate::api::{Answer, Failure, FailureKind, InvitationInfo, JoinState, Selector};
use crate::engine::place;
use crate::home::{Home, Profile};
use crate::identity::Identity;
use crate::network;
use crate::project::Project;
use crate::running::Reporter;

/// A ticket that is not told otherwise expires after this.
const TICKET_SECONDS: i64 = 30 * 24 * 3600;

pub(super) async fn invite(
    engine: &Engine,
    project: &Selector,
    role: String,
    folders: Vec<String>,
    expires_seconds: Option<i64>,
) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    let port = engine.with_home(|home| home.required_identity().map(|(_, profile)| profile.port)).await?;
    let addresses = match engine.network_if_up().await {
        Some(network) => network.addresses(),
        None => network::expected_addresses(&engine.inner().options.network, port),
    };
    let seconds = expires_seconds.unwrap_or(TICKET_SECONDS);
    if seconds <= 0 {
        return Err(Failure::new(FailureKind::Invalid, "a ticket must be valid for some time")
            .hint("give --expires as 12h, 7d or 30d"));
    }
    let expires = ambient::now().plus_seconds(seconds);
    engine
        .with_project(&project, move |project| {
            let narrowed = folders.iter().map(|folder| project.find_folder(folder)).collect::<Result<Vec<_>, _>>()?;
            let (ticket, names) = make_ticket(project, &role, &narrowed, expires, &addresses)?;
            Ok(Answer::Invitation(InvitationInfo {
                ticket: ticket.to_string(),
                role,
                folders: names,
                expires: Some(expires),
                addresses,
            }))
        })
        .await
}

fn make_ticket(
    project: &mut Project,
    role: &str,
    narrowed: &[DomainId],
    expires: enginus_model::Instant,
    addresses: &[String],
) -> Result<(Ticket, Vec<String>), Failure> {
    if !project.may_invite() {
        return Err(Failure::new(FailureKind::NotAllowed, "your role does not let you invite")
            .hint("ask the owner or the document controller"));
    }
    let template = project.settings().role(role).cloned().ok_or_else(|| {
        let mut failure = Failure::new(FailureKind::NotFound, format!("there is no role \"{role}\""));
        failure.candidates = project
            .settings()
            .template
            .as_ref()
            .map_or_else(Vec::new, |template| template.roles.iter().map(|role| role.id.clone()).collect());
        failure.hint("use one of the project's roles")
    })?;
    let folders: Vec<(DomainId, String)> = project
        .settings()
        .folders
        .iter()
        .map(|(domain, folder)| (*domain, folder.slug.clone()))
        .collect();
    let only = (!narrowed.is_empty()).then_some(narrowed);
    let scope = expand_role(&template, &folders, only);
    let (invite, statement) = project.invite(|project, key| {
        project
            .authority()
            .invitation(&project.identity().person.public(), key, scope, &template, expires, ambient::now(), ambient::random())
            .map_err(|error| Failure::new(FailureKind::NotAllowed, error.to_string())
                .hint("invite with a role below your own"))
    })?;
    let chain = project.statements_for(&statement);
    let ticket = Ticket::new(TicketDraft {
        genesis: project.genesis().clone(),
        project_name: project.settings().name.clone(),
        device: project.identity().device.public(),
        addresses: addresses.to_vec(),
        buckets: project.settings().buckets.clone(),
        invite_seed: *invite.seed(),
        statements: chain,
    })
    .map_err(|error| Failure::new(FailureKind::Internal, format!("the ticket cannot be made: {error}")))?;
    let names = narrowed.iter().map(|domain| project.settings().folder_name(domain)).collect();
    Ok((ticket, names))
}

pub(super) async fn join(
    engine: &Engine,
    text: &str,
    wait_ms: u64,
    reporter: &Reporter,
) -> Result<Answer, Failure> {
    let bad = |error: enginus_access::TicketError| {
        Failure::new(FailureKind::BadInput, error.to_string()).hint("ask for the ticket again and copy the whole of it")
    };
    let ticket: Ticket = text.trim().parse().map_err(bad)?;
    let checked = ticket.check().map_err(bad)?;
    let id = checked.project;
    let (identity, profile) = engine.with_home(|home| home.required_identity().cloned()).await?;
    if let Some(project) = engine.project_by_id(&id) {
        let (active, name) = engine.with_project(&project, |p| Ok((p.is_active(), p.summary().name))).await?;
        if active {
            return Err(Failure::new(FailureKind::Conflict, format!("this device is already in the project \"{name}\""))
                .hint("nothing to do; `enginus sync` brings what is new"));
        }
    } else {
        if checked.expired(ambient::now()) {
            return Err(Failure::new(FailureKind::BadInput, "the ticket has expired, as this device's clock says")
                .hint("ask for a new ticket, or set the clock"));
        }
        if checked.invited_by(&identity.person.person_id()) {
            return Err(Failure::new(FailureKind::Conflict, "this is your own invitation")
                .hint("give the ticket to the person you invite"));
        }
        let kept = ticket.clone();
        let project = engine.with_home(move |home| keep(home, &kept, &checked, identity)).await?;
        engine.insert_project(id, project);
        engine.refresh().await?;
    }
    let network = engine.network().await?;
    let waited = network::await_project(engine, &network, id, Duration::from_millis(wait_ms), reporter).await?;
    let Some(project) = engine.project_by_id(&id) else {
        return Err(Failure::new(FailureKind::Internal, "the project vanished while it was joined"));
    };
    if waited {
        introduce(engine, &project, profile).await?;
        network::settle(engine, &network, id, Duration::from_millis(wait_ms), reporter).await?;
    }
    let name = engine.with_project(&project, |project| Ok(project.summary().name)).await?;
    Ok(Answer::Joined(if waited {
        JoinState::Joined { id, name }
    } else {
        let why = "nobody could be reached; it arrives with the first member, bucket or bundle that brings it".to_owned();
        JoinState::Pending { id, name, why }
    }))
}

fn keep(
    home: &mut Home,
    ticket: &Ticket,
    checked: &enginus_access::CheckedTicket,
    identity: Identity,
) -> Result<Project, Failure> {
    let place = place(home, checked.project, identity)?;
    Project::await_ticket(place, ticket, checked)
}

/// Writes the person's card into a project that was just joined.
pub(crate) async fn introduce(
    engine: &Engine,
    project: &crate::engine::SharedProject,
    profile: Profile,
) -> Result<(), Failure> {
    engine.with_project(project, move |project| project.write_card(&profile)).await
}

pub(super) async fn list(engine: &Engine, project: &Selector) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    engine.with_project(&project, |project| Ok(Answer::Members(project.members()))).await
}
