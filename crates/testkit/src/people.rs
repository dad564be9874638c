//! What people do on their devices.

use enginus_engine::api::Failure;
use enginus_engine::simulation::{Device, Done};
use enginus_model::{DocumentId, DomainId};

use crate::broken::{Broken, Checked, promise};
use crate::dice::Dice;
use crate::step::Act;
use crate::world::{CANARY, NODES_MAX, Node, ROLES, World};

impl World {
    /// Somebody does something on a device, if the program runs there and the project is there.
    pub(crate) fn act(&mut self, node: usize, act: Act, dice: &mut Dice) -> Checked {
        if !self.at(node).is_open() || !self.at(node).is_active() {
            return Ok(());
        }
        self.remember_barred(node)?;
        match act {
            Act::Invite | Act::InviteFromNow if self.nodes.len() < NODES_MAX => {
                let role = dice.choose(&ROLES).copied().unwrap_or("contractor");
                self.invite(node, role, act == Act::Invite)
            }
            Act::AddDevice if self.nodes.len() < NODES_MAX => self.add_device(node),
            Act::Invite | Act::InviteFromNow | Act::AddDevice => Ok(()),
            Act::Rebuild => {
                let rebuilt = self.at(node).rebuild();
                match self.came_of(node, rebuilt)? {
                    // What an insider wrote, their own device took for good.
                    Some(false) if !self.nodes[node].is_insider => {
                        let what = format!("{}: a rebuild changed what is shown", self.nodes[node].device.name());
                        Err(Broken::new(promise::REBUILT, what))
                    }
                    _ => Ok(()),
                }
            }
            Act::WriteCaches => {
                let written = self.at(node).write_caches();
                self.came_of(node, written).map(drop)
            }
            Act::Revoke | Act::RevokeDevice | Act::ChangeRole => self.take_access(node, act, dice),
            _ => {
                let text = format!("{CANARY} {}", self.step);
                let done = write(self.at(node), act, &text, dice);
                self.done(node, done)
            }
        }
    }

    /// What an act wrote is owed, and told to everybody connected.
    fn done(&mut self, node: usize, done: Result<Option<Done>, Failure>) -> Checked {
        if let Some(Some(done)) = self.came_of(node, done)? {
            self.acknowledged(node, &done)?;
        }
        // Where it failed something may have become durable before.
        self.tell_all(node)
    }

    fn remember_barred(&mut self, node: usize) -> Checked {
        let persons = self.at(node).persons();
        if let Some((members, former)) = self.came_of(node, persons)? {
            let back = self.barred_ever.intersection(&members).copied().collect::<Vec<_>>();
            self.ledger.came_back.extend(back);
            self.barred_ever.extend(&former);
            self.barred_before = Some(former);
        }
        Ok(())
    }

    fn add_device(&mut self, node: usize) -> Checked {
        let name = format!("{} again", self.nodes[node].device.name());
        let made = self.at(node).another(&name);
        let Some(device) = self.came_of(node, made)? else { return Ok(()) };
        let is_insider = self.nodes[node].is_insider;
        self.nodes.push(Node { is_insider, ..Node::new(device) });
        self.tell_all(node)
    }

    fn take_access(&mut self, node: usize, act: Act, dice: &mut Dice) -> Checked {
        let target = &self.nodes[dice.below(self.nodes.len())].device;
        let (person, device) = (target.person(), target.id());
        let acting = self.at(node);
        let done = match act {
            Act::Revoke => acting.revoke(person),
            Act::RevokeDevice => acting.revoke_device(device),
            _ => acting.change_role(person, dice.choose(&ROLES).copied().unwrap_or("contractor")),
        };
        self.done(node, done.map(Some))
    }
}

/// A folder this device may write in, and one of its documents.
fn place(device: &Device, dice: &mut Dice) -> Option<(DomainId, Option<DocumentId>)> {
    let mut folders = device.folders();
    folders.retain(|folder| device.may_write(folder));
    // Few folders, so that people meet in them.
    folders.truncate(3);
    let folder = *dice.choose(&folders)?;
    let documents = device.documents(&folder);
    Some((folder, dice.choose(&documents).copied()))
}

/// One act of writing. `None` where there is nothing to do it on.
fn write(device: &Device, act: Act, text: &str, dice: &mut Dice) -> Result<Option<Done>, Failure> {
    match act {
        Act::Rename => return device.rename(text).map(Some),
        Act::InviteNobody => return device.invite("contractor", true).map(|(_, done)| Some(done)),
        Act::CancelInvite => return device.cancel_invitation(dice.below(100)).map(Some),
        Act::Accept => return device.accept().map(Some),
        _ => {}
    }
    let Some((folder, document)) = place(device, dice) else { return Ok(None) };
    let new = |count: usize| -> Vec<(String, String)> {
        (0..count).map(|at| (format!("{text}/{at}"), text.to_owned())).collect()
    };
    match (act, document) {
        (Act::Import, _) => device.plan(folder, &new(12)).map(|(_, done)| Some(done)),
        (Act::Generation, _) => device.begin_generation(folder).map(Some),
        (Act::Rotate, _) => device.rotate(folder).map(Some),
        (Act::Plan, _) | (_, None) => device.plan(folder, &new(1)).map(|(_, done)| Some(done)),
        (Act::Note, Some(document)) => device.note(folder, document, text).map(Some),
        (Act::Revise, Some(document)) => {
            let code = format!("P{:02}", 1 + dice.below(6));
            device.revise(folder, document, &code, text).map(Some)
        }
        (Act::Remove, Some(document)) => device.remove(folder, document, false).map(Some),
        (Act::PutBack, Some(document)) => device.remove(folder, document, true).map(Some),
        (_, Some(document)) => device.retitle(folder, document, text).map(Some),
    }
}
