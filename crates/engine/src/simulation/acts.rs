//! What people do, by the same functions that commands call.

use enginus_access::{Offer, Terms, expand};
use enginus_crdt::{Edit, Field, NewRevision};
use enginus_model::{DeviceId, DocumentId, DomainId, FileRef, Hash, Lane, ManifestRef, PersonId, Sha256};

use super::{Device, Done};
use crate::ambient;
use crate::api::{Failure, FailureKind};
use crate::project::{NewFile, Project, new_revision_id};

fn no_role(role: &str) -> Failure {
    Failure::new(FailureKind::NotFound, format!("there is no role \"{role}\""))
}

/// Access as a person asks for it, expanded as the command does.
fn offer(project: &Project, role: &str, history: bool) -> Result<Offer, Failure> {
    let settings = project.settings();
    let folders: Vec<_> = settings.folders.iter().map(|(id, folder)| (*id, folder.slug.clone())).collect();
    let role = settings.role(role).ok_or_else(|| no_role(role))?;
    let scope = expand(role, &folders, None).map_err(|error| Failure::new(FailureKind::Invalid, error.to_string()))?;
    let (rank, role) = (role.rank, role.id.clone());
    Ok(Offer { role, rank, scope, not_after: None, history, despite: Vec::new(), at: ambient::now() })
}

/// A file that exists in the register alone.
fn file(project: &mut Project, domain: &DomainId, name: &str) -> Result<FileRef, Failure> {
    let epoch = project.writing_secret(domain)?.id();
    let random = Hash(ambient::random());
    let manifest = ManifestRef { object: random, content: Hash::of(&random.0), epoch };
    Ok(FileRef { name: name.to_owned(), size: 1, sha256: Sha256(ambient::random()), manifest })
}

impl Device {
    /// Plans documents in one change.
    ///
    /// # Errors
    /// As the command.
    pub fn plan(&self, domain: DomainId, documents: &[(String, String)]) -> Result<(Vec<DocumentId>, Done), Failure> {
        let new = documents.iter().map(|(number, title)| NewFile {
            number: number.clone(),
            title: title.clone(),
            ..NewFile::default()
        });
        let new = new.collect();
        self.act(|project| project.add_documents(domain, new))
    }

    /// Changes a document's title.
    ///
    /// # Errors
    /// As the command.
    pub fn retitle(&self, domain: DomainId, document: DocumentId, title: &str) -> Result<Done, Failure> {
        let edit = Edit::SetField { document, field: Field::Title, value: title.to_owned() };
        self.edit(domain, document, edit)
    }

    /// Writes a further column.
    ///
    /// # Errors
    /// As the command.
    pub fn note(&self, domain: DomainId, document: DocumentId, value: &str) -> Result<Done, Failure> {
        let field = Field::Custom("note".to_owned());
        self.edit(domain, document, Edit::SetField { document, field, value: value.to_owned() })
    }

    /// Takes a document out of the register, or puts it back.
    ///
    /// # Errors
    /// As the command.
    pub fn remove(&self, domain: DomainId, document: DocumentId, back: bool) -> Result<Done, Failure> {
        let reason = "simulated".to_owned();
        let edit = if back { Edit::Restore { document, reason } } else { Edit::Remove { document, reason } };
        self.edit(domain, document, edit)
    }

    /// Adds a revision with a file.
    ///
    /// # Errors
    /// As the command.
    pub fn revise(&self, domain: DomainId, document: DocumentId, code: &str, reason: &str) -> Result<Done, Failure> {
        let revise = |project: &mut Project| {
            let files = vec![file(project, &domain, "CANARY drawing.pdf")?];
            let revision = NewRevision {
                id: new_revision_id(),
                code: code.to_owned(),
                status: "S1".to_owned(),
                reason: reason.to_owned(),
                files,
            };
            project.edit_document(domain, document, &[Edit::AddRevision { document, revision }], &[])
        };
        Ok(self.act(revise)?.1)
    }

    fn edit(&self, domain: DomainId, document: DocumentId, edit: Edit) -> Result<Done, Failure> {
        Ok(self.act(|project| project.edit_document(domain, document, &[edit], &[]))?.1)
    }

    /// Opens the next generation of a folder.
    ///
    /// # Errors
    /// As when a shard is full.
    pub fn begin_generation(&self, domain: DomainId) -> Result<Done, Failure> {
        Ok(self.act(|project| project.begin_generation(domain))?.1)
    }

    /// Renames the project.
    ///
    /// # Errors
    /// As the command.
    pub fn rename(&self, name: &str) -> Result<Done, Failure> {
        let domain = DomainId::settings(&self.project_id());
        let entry = ("name".to_owned(), format!("\"{name}\""));
        Ok(self.act(|project| project.set_entries(domain, &[entry]))?.1)
    }

    /// Makes an invitation for one person. Answers its ticket.
    ///
    /// # Errors
    /// As the command.
    pub fn invite(&self, role: &str, history: bool) -> Result<(String, Done), Failure> {
        self.act(|project| {
            if !project.may_invite() {
                return Err(Failure::new(FailureKind::NotAllowed, "your role does not let you invite"));
            }
            let offer = offer(project, role, history)?;
            let made = project.invite(&offer, Terms { uses: 1, redeem_before: None })?;
            Ok(self.ticket(project, made.key, made.statements))
        })
    }

    /// Cancels the open invitation that stands at `place` of the list, wherever that wraps.
    ///
    /// # Errors
    /// As the command.
    pub fn cancel_invitation(&self, place: usize) -> Result<Done, Failure> {
        let cancel = |project: &mut Project| {
            let open = project.authority().invitations();
            let nothing = || Failure::new(FailureKind::NotFound, "there is no open invitation");
            let chosen = open.get(place % open.len().max(1)).ok_or_else(nothing)?.statement;
            project.cancel_invitation(chosen, "simulated")
        };
        Ok(self.act(cancel)?.1)
    }

    /// Removes a member.
    ///
    /// # Errors
    /// As the command.
    pub fn revoke(&self, person: PersonId) -> Result<Done, Failure> {
        Ok(self.act(|project| project.revoke_member(person, "simulated"))?.1)
    }

    /// Removes a device.
    ///
    /// # Errors
    /// As the command.
    pub fn revoke_device(&self, device: DeviceId) -> Result<Done, Failure> {
        Ok(self.act(|project| project.revoke_device(device, "simulated"))?.1)
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// As the command.
    pub fn change_role(&self, person: PersonId, role: &str) -> Result<Done, Failure> {
        let change = |project: &mut Project| {
            let offer = offer(project, role, true)?;
            project.change_role(person, &offer, "simulated")
        };
        Ok(self.act(change)?.1)
    }

    /// Accepts everything that waits for review.
    ///
    /// # Errors
    /// As the command.
    pub fn accept(&self) -> Result<Done, Failure> {
        Ok(self.act(|project| project.accept_held(&[], "simulated"))?.1)
    }

    /// Opens a new epoch for the present readers of a domain.
    ///
    /// # Errors
    /// Where this device may not.
    pub fn rotate(&self, domain: DomainId) -> Result<Done, Failure> {
        Ok(self.act(|project| project.rotate(domain))?.1)
    }

    /// Makes all caches again. Answers whether what is shown came out identical.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn rebuild(&self) -> Result<bool, Failure> {
        Ok(self.act(Project::rebuild)?.0.1)
    }

    /// Writes the caches, as the program does when it ends.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn write_caches(&self) -> Result<(), Failure> {
        self.act(|project| project.cache_shards(true)).map(drop)
    }

    /// Takes envelopes in and writes nothing of its own, whatever follows from them. Answers how many were new.
    ///
    /// # Errors
    /// When the store cannot keep them.
    pub fn take_silently(&self, envelopes: &[Vec<u8>]) -> Result<u64, Failure> {
        Ok(self.act(|project| project.receive_silently(envelopes))?.0)
    }

    /// Takes envelopes in, as from a bundle. Answers how many were new.
    ///
    /// # Errors
    /// When the store cannot keep them.
    pub fn take(&self, envelopes: &[Vec<u8>]) -> Result<u64, Failure> {
        let new = self.act(|project| project.receive(envelopes))?.0.new;
        self.introduce()?;
        Ok(new)
    }

    /// Whether this device may write rows in a domain.
    #[must_use]
    pub fn may_write(&self, domain: &DomainId) -> bool {
        self.look(|project| project.require_write(domain, Lane::Records).is_ok()).unwrap_or(false)
    }
}
