//! Inviting, joining and listing members.

use std::time::Duration;

use enginus_access::{CheckedTicket, Contact, ContactError, Terms, Ticket, TicketCheckError, TicketTextError};

use super::access::Wanted;
use crate::Engine;
use crate::ambient;
use crate::api::{Answer, Failure, FailureKind, InvitationInfo, InviteTerms, JoinState, Selector};
use crate::engine::{SharedProject, place};
use crate::home::Home;
use crate::identity::Identity;
use crate::network::{self, JoinEnd};
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
    terms: InviteTerms,
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
    let wanted = Wanted { role, folders, expires_seconds: terms.access_seconds, history: terms.history };
    let mut invitation = engine
        .with_project(&project, move |project| {
            let narrowed = wanted.narrowed(project)?;
            let ticket = make_ticket(project, &wanted, &terms, expires, &addresses)?;
            Ok(InvitationInfo {
                ticket: ticket.to_string(),
                role: wanted.role,
                folders: narrowed.iter().map(|domain| project.settings().folder_name(domain)).collect(),
                expires: Some(expires),
                addresses,
                in_buckets: Vec::new(),
                not_in_buckets: Vec::new(),
                on_relays: Vec::new(),
                not_on_relays: Vec::new(),
            })
        })
        .await?;
    (invitation.in_buckets, invitation.not_in_buckets) = network::push_to_buckets(engine, &project).await?;
    (invitation.on_relays, invitation.not_on_relays) = network::push_to_relays(engine, &project).await?;
    Ok(Answer::Invitation(invitation))
}

fn make_ticket(
    project: &mut Project,
    wanted: &Wanted,
    terms: &InviteTerms,
    expires: enginus_model::Instant,
    addresses: &[String],
) -> Result<Ticket, Failure> {
    if !project.may_invite() {
        return Err(Failure::new(FailureKind::NotAllowed, "your role does not let you invite")
            .hint("ask the owner or the document controller"));
    }
    if terms.uses == 0 || terms.uses > enginus_access::MAX_INVITE_USES {
        let most = enginus_access::MAX_INVITE_USES;
        return Err(Failure::new(FailureKind::Invalid, format!("a ticket brings in from 1 to {most} persons"))
            .hint("give --uses a number in between"));
    }
    let offer = wanted.offer(project)?;
    let made = match &terms.to {
        Some(card) => project.invite_person(&read_contact(card)?, &offer)?,
        None => project.invite(&offer, Terms { uses: terms.uses, redeem_before: Some(expires) })?,
    };
    let ticket = Ticket {
        genesis: project.genesis().encode(),
        project_name: project.settings().name.clone(),
        inviter: project.identity().person.public(),
        device: project.identity().device.device_id(),
        addresses: addresses.iter().take(enginus_access::MAX_ADDRESSES).cloned().collect(),
        buckets: project.settings().buckets.iter().take(enginus_access::MAX_BUCKETS).cloned().collect(),
        relays: project.settings().relays.iter().take(enginus_access::MAX_RELAYS).cloned().collect(),
        key: made.key,
        statements: made.statements,
    };
    if ticket.is_well_formed() {
        Ok(ticket)
    } else {
        Err(Failure::new(FailureKind::Internal, "the ticket would be too long to be read back"))
    }
}

fn read_contact(card: &str) -> Result<Contact, Failure> {
    card.parse().map_err(|error: ContactError| {
        Failure::new(FailureKind::BadInput, error.to_string()).hint("`enginus contact` prints it on their device")
    })
}

pub(super) async fn join(engine: &Engine, text: &str, wait_ms: u64, reporter: &Reporter) -> Result<Answer, Failure> {
    let (ticket, checked) = read_ticket(text)?;
    let id = checked.project;
    let identity = engine.with_home(|home| home.required_identity().map(|(keys, _)| keys.clone())).await?;
    match engine.project_by_id(&id) {
        Some(project) => {
            let (active, name) =
                engine.with_project(&project, |project| Ok((project.is_active(), project.summary().name))).await?;
            if active {
                let message = format!("this device is already in the project \"{name}\"");
                return Err(Failure::new(FailureKind::Conflict, message)
                    .hint("nothing to do; `enginus sync` brings what is new"));
            }
            wait_with(engine, &project, &ticket, checked, &identity).await?;
        }
        None => {
            refuse_unusable(&checked, &ticket, &identity)?;
            let kept = ticket.clone();
            let project = engine.with_home(move |home| keep(home, &kept, &checked, identity)).await?;
            engine.insert_project(id, project);
            engine.refresh().await?;
        }
    }
    let wait = Duration::from_millis(wait_ms);
    let why = match network::complete_join(engine, id, wait, reporter).await? {
        JoinEnd::Joined => return Ok(Answer::Joined(JoinState::Joined { id, name: ticket.project_name })),
        JoinEnd::Nobody => "nobody could be reached; it arrives with the first member, bucket or bundle that brings it",
        JoinEnd::GivenNothing(why) => why,
    };
    Ok(Answer::Joined(JoinState::Pending { id, name: ticket.project_name, why: why.to_owned() }))
}

/// A project that is on its way goes on with the newest ticket.
async fn wait_with(
    engine: &Engine,
    project: &SharedProject,
    ticket: &Ticket,
    checked: CheckedTicket,
    identity: &Identity,
) -> Result<(), Failure> {
    let shown = (ticket.clone(), checked.clone());
    if engine.with_project(project, move |project| Ok(project.waits_with(&shown.0, &shown.1))).await? {
        return Ok(());
    }
    refuse_unusable(&checked, ticket, identity)?;
    engine.close_network().await;
    let (ticket, name) = (ticket.clone(), engine.with_home(|home| Ok(home.device_name())).await?);
    engine.with_project(project, move |project| project.await_another(&ticket, &checked, &name)).await
}

pub(super) fn read_ticket(text: &str) -> Result<(Ticket, CheckedTicket), Failure> {
    const HINT: &str = "ask for the ticket again and copy the whole of it";
    let ticket: Ticket = text
        .trim()
        .parse()
        .map_err(|error: TicketTextError| Failure::new(FailureKind::BadInput, error.to_string()).hint(HINT))?;
    let checked = ticket
        .check()
        .map_err(|error: TicketCheckError| Failure::new(FailureKind::BadInput, error.to_string()).hint(HINT))?;
    Ok((ticket, checked))
}

fn refuse_unusable(checked: &CheckedTicket, ticket: &Ticket, identity: &Identity) -> Result<(), Failure> {
    if checked.expired(ambient::now()) {
        return Err(Failure::new(FailureKind::BadInput, "the ticket has expired, as this device's clock says")
            .hint("ask for a new ticket, or set the clock"));
    }
    if ticket.inviter == identity.person.public() {
        return Err(Failure::new(FailureKind::Conflict, "this is your own invitation")
            .hint("give the ticket to the person you invite"));
    }
    Ok(())
}

fn keep(home: &mut Home, ticket: &Ticket, checked: &CheckedTicket, identity: Identity) -> Result<Project, Failure> {
    let place = place(home, checked.project, identity)?;
    Project::await_ticket(place, ticket, checked, &home.device_name())
}

pub(super) async fn list(engine: &Engine, project: &Selector) -> Result<Answer, Failure> {
    let project = engine.find_project(project).await?;
    engine.with_project(&project, |project| Ok(Answer::Members(project.members()))).await
}
