//! Members and their access: removing, changing roles, invitations, review, history, roles.

use enginus_access::{Offer, expand};
use enginus_model::{DomainId, RoleTemplate};

use crate::Engine;
use crate::ambient;
use crate::api::{AccessAnswer, AccessCommand, Answer, Failure, FailureKind, Selector};
use crate::project::Project;

/// Carries one out.
pub(super) async fn carry_out(engine: &Engine, command: AccessCommand) -> Result<Answer, Failure> {
    let answer = match command {
        AccessCommand::Revoke { project, who, reason, preview } => {
            on(engine, &project, move |project| {
                let person = project.find_member(&who)?;
                let change =
                    if preview { project.preview_removal(person) } else { project.revoke_member(person, &reason) };
                change.map(AccessAnswer::Changed)
            })
            .await?
        }
        AccessCommand::Role { project, who, role, folders, expires_seconds, reason, preview } => {
            let wanted = Wanted { role, folders, expires_seconds, history: true };
            on(engine, &project, move |project| {
                let person = project.find_member(&who)?;
                let offer = wanted.offer(project)?;
                let change = if preview {
                    project.preview_role(person, &offer)
                } else {
                    project.change_role(person, &offer, &reason)
                };
                change.map(AccessAnswer::Changed)
            })
            .await?
        }
        AccessCommand::Invitations { project } => {
            on(engine, &project, |project| Ok(AccessAnswer::Invitations(project.open_invitations()))).await?
        }
        AccessCommand::CancelInvitation { project, invitation, reason } => {
            on(engine, &project, move |project| {
                let invitation = project.find_invitation(&invitation)?;
                let entry = project.invitation_entry(&invitation);
                project.cancel_invitation(invitation.statement, &reason)?;
                Ok(AccessAnswer::Cancelled(entry))
            })
            .await?
        }
        AccessCommand::Review { project } => {
            on(engine, &project, |project| project.review_list().map(AccessAnswer::Review)).await?
        }
        AccessCommand::Accept { project, entries, reason } => {
            on(engine, &project, move |project| {
                project.accept_held(&entries, &reason).map(|entries| AccessAnswer::Accepted { entries })
            })
            .await?
        }
        AccessCommand::History { project } => {
            on(engine, &project, |project| Ok(AccessAnswer::History(project.access_history()))).await?
        }
        AccessCommand::Roles { project } => {
            on(engine, &project, |project| Ok(AccessAnswer::Roles(project.settings().roles()))).await?
        }
        AccessCommand::SaveRole { project, role } => {
            on(engine, &project, move |project| {
                project.save_role(&role)?;
                Ok(AccessAnswer::Roles(project.settings().roles()))
            })
            .await?
        }
    };
    Ok(Answer::Access(answer))
}

async fn on<T: Send + 'static>(
    engine: &Engine,
    project: &Selector,
    act: impl FnOnce(&mut Project) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let project = engine.find_project(project).await?;
    engine.with_project(&project, act).await
}

/// Access as a person asks for it.
pub(super) struct Wanted {
    pub(super) role: String,
    pub(super) folders: Vec<String>,
    pub(super) expires_seconds: Option<i64>,
    pub(super) history: bool,
}

impl Wanted {
    /// The offer it comes to in a project.
    pub(super) fn offer(&self, project: &Project) -> Result<Offer, Failure> {
        let narrowed = self.narrowed(project)?;
        let role = find_role(project, &self.role)?;
        let folders: Vec<(DomainId, String)> =
            project.settings().folders.iter().map(|(domain, folder)| (*domain, folder.slug.clone())).collect();
        let only = (!narrowed.is_empty()).then_some(narrowed.as_slice());
        let scope = expand(&role, &folders, only).map_err(|error| {
            Failure::new(FailureKind::Invalid, error.to_string()).hint("choose other folders, or another role")
        })?;
        let not_after = match self.expires_seconds {
            Some(seconds) if seconds <= 0 => {
                return Err(Failure::new(FailureKind::Invalid, "access must last for some time")
                    .hint("give the time as 12h, 7d or 30d"));
            }
            Some(seconds) => Some(ambient::now().plus_seconds(seconds)),
            None => None,
        };
        Ok(Offer {
            role: role.id.clone(),
            rank: role.rank,
            scope,
            not_after,
            history: self.history,
            despite: Vec::new(),
            at: ambient::now(),
        })
    }

    pub(super) fn narrowed(&self, project: &Project) -> Result<Vec<DomainId>, Failure> {
        self.folders.iter().map(|folder| project.find_folder(folder)).collect()
    }
}

fn find_role(project: &Project, id: &str) -> Result<RoleTemplate, Failure> {
    project.settings().role(id).cloned().ok_or_else(|| {
        let mut failure = Failure::new(FailureKind::NotFound, format!("there is no role \"{id}\""));
        failure.candidates = project.settings().roles().into_iter().map(|role| role.id).collect();
        failure.hint("use one of the project's roles")
    })
}
